/*
 * gallery: shows one screen by name (#name.locale) from its fixture, for the
 * pictures and the accessibility run of gallery.mjs. Test-only.
 */
import '../../src/shared/style/tokens.css';
import '../../src/shared/style/base.scss';
import '../../src/visit/visit.css';
import type { ComponentChild } from 'preact';
import { render } from 'preact';
import { JoinPage } from '../../src/join/JoinPage';
import { LanguageContext, loadLanguage, type Locale } from '../../src/shared/i18n';
import { CallMeContext, type CallMe } from '../../src/visit/callMe';
import type { LinkInfo } from '../../src/visit/door';
import { AwayPage, WaitPage } from '../../src/visit/Elsewhere';
import { DoorPage } from '../../src/visit/Door';
import type { Actions, Model } from '../../src/visit/model';
import { VisitPage } from '../../src/visit/VisitPage';
import { catalogues } from '../../src/words';
import { aways, clinic, doors, modelOf, scenes, START, type Scene } from './fixtures';

/* A picture of nobody: an oval on a ground, drawn twenty times a second. */
function fakePicture(ground: string, wide = 640, high = 480): MediaStream {
    const canvas = document.createElement('canvas');
    canvas.width = wide;
    canvas.height = high;
    const draw = (): void => {
        const pen = canvas.getContext('2d');
        if (!pen) return;
        pen.fillStyle = ground;
        pen.fillRect(0, 0, wide, high);
        pen.fillStyle = '#e8c9a8';
        pen.beginPath();
        pen.ellipse(wide / 2, high / 2, high / 5, high / 3.6, 0, 0, 7);
        pen.fill();
    };
    draw();
    setInterval(draw, 50);
    return canvas.captureStream(20);
}

function withPictures(model: Model, scene: Scene): Model {
    const faked = scene.devices?.faked ?? [];
    const sound = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
    const camera = fakePicture('#27506b').getVideoTracks()[0];
    return {
        ...model,
        devices: {
            ...model.devices,
            cameraTrack: faked.includes('camera') ? camera : undefined,
            microphoneTrack: faked.includes('microphone') ? sound : undefined,
        },
        media: {
            ...model.media,
            people: scene.slots ? [fakePicture('#4b5d4a', 960, 540)] : [],
            screen: fakePicture('#ffffff', 1280, 720),
        },
    };
}

/* Nothing a picture does has consequences. */
const actions = new Proxy({} as Actions, {
    get: (_, name) => () => Promise.resolve(name === 'document' ? 'prove' : undefined),
});

/* "Call me back" where a visit is known. */
function callMe(door: { info?: LinkInfo; callRefused?: string }): CallMe | undefined {
    if (door.info?.state === 'unknown') return undefined;
    const asked = door.info?.callback_asked ?? false;
    return { asked, refused: door.callRefused ?? '', ask: () => Promise.resolve() };
}

function pageOf(name: string): ComponentChild {
    const scene = scenes[name];
    if (scene) {
        return <VisitPage model={withPictures(modelOf(scene), scene)} actions={actions} />;
    }
    const door = doors[name];
    if (door) {
        return (
            <CallMeContext.Provider value={callMe(door)}>
                <DoorPage
                    info={door.info}
                    nowMs={START - 3_600_000}
                    onClaim={() => Promise.resolve({ kind: 'paused' })}
                    initialClaim={door.claim}
                />
            </CallMeContext.Provider>
        );
    }
    const away = aways.find((each) => `away_${each}` === name);
    if (away) {
        return (
            <CallMeContext.Provider value={callMe({})}>
                <AwayPage why={away} clinic={clinic} onTake={() => undefined} />
            </CallMeContext.Provider>
        );
    }
    if (name === 'join') return <JoinPage onEnter={() => undefined} />;
    if (name === 'join_lost') return <JoinPage onEnter={() => undefined} lost />;
    return <WaitPage trouble onRetry={() => undefined} />;
}

const names = [
    ...Object.keys(doors),
    ...aways.map((each) => `away_${each}`),
    'join',
    'join_lost',
    'trouble',
    ...Object.keys(scenes),
];
Object.assign(window, { galleryNames: names });

const [name = '', locale = 'fr'] = location.hash.slice(1).split('.');
void loadLanguage(catalogues, locale as Locale, 'Europe/Paris').then((language) => {
    document.title = `${language.words.page.title} · ${clinic.name}`;
    const root = document.getElementById('page');
    if (!root) return;
    render(
        <LanguageContext.Provider value={language}>{pageOf(name)}</LanguageContext.Provider>,
        root,
    );
    document.body.dataset['ready'] = name;
});
