/* fixture: draws one state of the desk, named after the # in the address. */
import '../../src/shared/style/tokens.css';
import '../../src/shared/style/base.scss';
import '../../src/desk/desk.scss';
import { render, type ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { noCall, type Call, type CallState } from '../../src/desk/call_media';
import { DeskFrame } from '../../src/desk/chrome';
import { Doctor, type DoctorProps } from '../../src/desk/doctor';
import { DeskContext, type DeskPage } from '../../src/desk/page';
import { makeSay, type Sentence } from '../../src/desk/say';
import { Secretary } from '../../src/desk/secretary';
import { SignIn } from '../../src/desk/sign_in';
import { makeFormat } from '../../src/shared/format';
import type { Locale } from '../../src/shared/i18n';
import type { Answer } from '../../src/shared/protocol';
import type { State } from '../../src/shared/state';
import { deskEn } from '../../src/words/desk.en';
import { deskFr } from '../../src/words/desk.fr';
import { day, doctor, ids, NOW, rows, secretary, state } from './fixtures';

const [name = '', language = 'fr'] = location.hash.slice(1).split(',');
const locale: Locale = language === 'en' ? 'en' : 'fr';
const say = makeSay(locale === 'en' ? deskEn : deskFr);
document.documentElement.lang = locale;

/* Every command a screen sends is written down; some are refused on purpose. */
const sent: { verb: string; of: string; members: unknown }[] = [];
Object.assign(window, { sent });
const refusals: Record<string, string> = { 'secretary-overlap': 'overlap' };

function answerTo(verb: string): Answer {
    const refused = refusals[name] as Answer['refused'];
    if (refused && verb === 'book') return { re: '', refused };
    if (verb === 'preview_prescription') {
        return { re: '', ok: true, version: 3, hash: 'b'.repeat(64) };
    }
    if (verb === 'find') return { re: '', ok: true, rows: day.secretary.slice(0, 3) };
    return { re: '', ok: true, of: ids.marc, seq: 6 };
}

/* A picture that moves, drawn here: no camera is needed. */
function pretendPicture(hue: number): MediaStream {
    const canvas = document.createElement('canvas');
    canvas.width = 640;
    canvas.height = 360;
    const pen = canvas.getContext('2d');
    const draw = (): void => {
        if (!pen) return;
        const ground = pen.createLinearGradient(0, 0, 640, 360);
        ground.addColorStop(0, `hsl(${hue} 18% 62%)`);
        ground.addColorStop(1, `hsl(${hue} 22% 34%)`);
        pen.fillStyle = ground;
        pen.fillRect(0, 0, 640, 360);
        pen.fillStyle = `hsl(${hue + 160} 22% 30%)`;
        pen.beginPath();
        pen.ellipse(320, 400, 150, 150, 0, 0, 7);
        pen.fill();
        pen.fillStyle = 'hsl(26 38% 66%)';
        pen.beginPath();
        pen.ellipse(320, 180, 72, 92, 0, 0, 7);
        pen.fill();
    };
    draw();
    setInterval(draw, 100);
    return canvas.captureStream(10);
}

function callOf(change: Partial<CallState> = {}): Call {
    return {
        state: { ...noCall, line: { ...noCall.line, line: 'up' }, ...change },
        prepare: () => Promise.resolve(),
        mute: () => undefined,
        cameraOff: () => undefined,
        share: () => Promise.resolve(),
    };
}

/* A track without a sound. */
function pretendSound(): MediaStreamTrack | undefined {
    return new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
}

function talking(): Call {
    const own = pretendPicture(180).getVideoTracks()[0];
    return callOf({
        prepared: true,
        devices: {
            camera: 'works',
            microphone: 'works',
            cameraTrack: own,
            microphoneTrack: pretendSound(),
            cameras: 1,
            asking: false,
        },
        line: {
            ...noCall.line,
            line: 'up',
            allowed: true,
            people: [pretendPicture(30)],
        },
    });
}

function Page(props: { of: State; children: ComponentChildren; lost?: Record<string, number> }) {
    const [said, setSaid] = useState<Sentence>();
    if (!props.of.me) return null;
    const page: DeskPage = {
        state: props.of,
        me: props.of.me,
        nowMs: NOW,
        lost: props.lost ?? {},
        locale,
        say,
        format: makeFormat(locale, 'Europe/Paris'),
        send: (verb, of, members) => {
            sent.push({ verb, of, members });
            return Promise.resolve(answerTo(verb));
        },
        tell: setSaid,
        signOut: () => undefined,
        otherLanguage: () => undefined,
    };
    return (
        <DeskContext.Provider value={page}>
            <DeskFrame said={said}>{props.children}</DeskFrame>
        </DeskContext.Provider>
    );
}

type Start = NonNullable<DoctorProps['start']>;

function doctorPage(of: State, call: Call, start: Start = {}, chime: DoctorProps['chime'] = 'on') {
    return (
        <Page of={of} lost={{ [ids.lise]: NOW - 20_000, [ids.jeanne]: NOW - 12_000 }}>
            <Doctor
                call={call}
                chime={chime}
                onChime={() => Promise.resolve()}
                onPresence={() => undefined}
                start={start}
            />
        </Page>
    );
}

function secretaryPage(of: State, props: Parameters<typeof Secretary>[0] = {}) {
    return (
        <Page of={of} lost={{ [ids.lise]: NOW - 20_000 }}>
            <main>
                <Secretary {...props} />
            </main>
        </Page>
    );
}

function signIn(signedOut: boolean, outcome: 'wrong' | 'too_many' | 'unreachable') {
    return (
        <SignIn
            say={say}
            locale={locale}
            signedOut={signedOut}
            signIn={() => Promise.resolve(outcome)}
            onSignedIn={() => undefined}
            otherLanguage={() => undefined}
        />
    );
}

const wholeDay = state(secretary, day.secretary);
const waiting = state(doctor, day.waiting);
const call = state(doctor, day.call);
const inCall = (row: (typeof rows)['call']): State =>
    state(doctor, [row, rows.waiting, rows.opened]);

const pages: Record<string, () => ComponentChildren> = {
    'signin-wrong': () => signIn(false, 'wrong'),
    'signin-too-many': () => signIn(false, 'too_many'),
    'signin-unreachable': () => signIn(false, 'unreachable'),
    'signin-signed-out': () => signIn(true, 'wrong'),
    'secretary-day': () => secretaryPage(wholeDay),
    'secretary-empty': () => secretaryPage(state(secretary, [])),
    'secretary-lost': () => secretaryPage({ ...wholeDay, connection: 'lost' }),
    'secretary-waiting': () => secretaryPage(wholeDay, { selected: ids.marc }),
    'secretary-due': () => secretaryPage(wholeDay, { selected: ids.ines }),
    'secretary-alerts': () => secretaryPage(wholeDay, { selected: rows.late.of }),
    'secretary-book': () => secretaryPage(wholeDay, { booking: true }),
    'secretary-overlap': () => secretaryPage(wholeDay, { booking: true }),
    'doctor-empty': () => doctorPage(state(doctor, []), callOf(), {}, 'off'),
    'doctor-waiting': () => doctorPage(waiting, callOf(), {}, 'off'),
    'doctor-prepared': () => doctorPage(waiting, talking()),
    'doctor-refused': () =>
        doctorPage(
            waiting,
            callOf({
                prepared: true,
                devices: { camera: 'refused', microphone: 'refused', cameras: 0, asking: false },
            }),
        ),
    'doctor-adult': () => doctorPage(waiting, callOf(), { dialog: { name: 'adult', of: ids.noe } }),
    'doctor-another': () =>
        doctorPage(call, talking(), { dialog: { name: 'another', of: ids.marc } }),
    'doctor-arrived': () => doctorPage(inCall(rows.calling), talking()),
    'doctor-call': () => doctorPage(call, talking()),
    'doctor-call-papers': () => doctorPage(call, talking(), { side: 'papers' }),
    'doctor-call-chat': () => doctorPage(call, talking(), { side: 'chat' }),
    'doctor-call-lost': () => doctorPage(inCall(rows.callLost), talking()),
    'doctor-hung-up': () => doctorPage(inCall(rows.hungUp), talking()),
    'doctor-telephone': () => doctorPage(inCall(rows.telephone), talking()),
    'doctor-by-telephone': () =>
        doctorPage(call, talking(), { dialog: { name: 'telephone', of: ids.jeanne } }),
    'doctor-end': () => doctorPage(call, talking(), { dialog: { name: 'end', of: ids.jeanne } }),
    'doctor-no-show': () =>
        doctorPage(waiting, callOf(), { dialog: { name: 'no_show', of: rows.late.of } }),
    'doctor-draft': () =>
        doctorPage(call, talking(), {
            side: 'papers',
            draft: { version: 2, hash: rows.call.view.drafted_hash ?? '' },
        }),
    'doctor-to-write': () => doctorPage(waiting, callOf(), { papers: ids.remi }),
    'doctor-approved': () =>
        doctorPage(state(doctor, [rows.approved, rows.waiting]), callOf(), { papers: ids.ines }),
    'doctor-released': () =>
        doctorPage(state(doctor, [rows.released, rows.waiting]), callOf(), {
            papers: rows.released.of,
        }),
    'doctor-unfinished': () => doctorPage(state(doctor, day.unfinished), talking()),
    'doctor-other-day': () => {
        const shown = state(doctor, day.unfinished);
        return doctorPage(
            { ...shown, board: { day: '2026-11-24', rows: day.unfinished } },
            talking(),
        );
    },
    'doctor-elsewhere': () => doctorPage({ ...call, elsewhere: true }, callOf()),
    'doctor-lost': () => doctorPage({ ...call, connection: 'lost' }, talking()),
};

Object.assign(window, { pageNames: Object.keys(pages) });
const page = document.getElementById('page');
if (page) render(<>{pages[name]?.()}</>, page);
