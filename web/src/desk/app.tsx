/* app: signing in, then the desk of whoever signed in. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { request } from '../shared/http';
import {
    chooseLocale,
    loadLanguage,
    rememberLocale,
    type Language,
    type Locale,
} from '../shared/i18n';
import { useClock, useStore } from '../shared/store';
import { makeFormat } from '../shared/format';
import type { DeskKey } from '../words/desk.fr';
import type { Call, CallState } from './call_media';
import { DeskFrame } from './chrome';
import { Doctor } from './doctor';
import { DeskContext, type DeskPage } from './page';
import { makeSay, type Sentence } from './say';
import { Secretary } from './secretary';
import { DeskSession } from './session';
import { SignIn, signIn } from './sign_in';

export type DeskWords = Record<DeskKey, string>;

export const catalogues = {
    fr: () => import('../words/desk.fr').then((words): DeskWords => words.deskFr),
    en: () => import('../words/desk.en').then((words): DeskWords => words.deskEn),
};

const TOLD_MS = 9_000;

export function App(props: { language: Language<DeskWords> }) {
    const [language, setLanguage] = useState(props.language);
    const [wasIn, setWasIn] = useState(false);
    const [said, setSaid] = useSaid();
    const [session, setSession] = useState<DeskSession>();
    const say = useMemo(() => makeSay(language.words), [language]);
    const words = useRef(say);
    words.current = say;

    const open = (): void => {
        const next = new DeskSession({
            over: () => setSession(undefined),
            tell: setSaid,
            guestWaits: () => ({
                title: words.current('notice.title.guest'),
                body: words.current('notice.arrived.body'),
            }),
            arrived: () => ({
                title: words.current('notice.title.arrived'),
                body: words.current('notice.arrived.body'),
            }),
        });
        setSession(next);
    };
    useEffect(open, []);
    const otherLanguage = (): void => void other(language.locale).then(setLanguage);
    if (!session) {
        return (
            <SignIn
                say={say}
                locale={language.locale}
                signedOut={wasIn}
                signIn={signIn}
                onSignedIn={open}
                otherLanguage={otherLanguage}
            />
        );
    }
    return (
        <SignedIn
            session={session}
            language={language}
            said={said}
            tell={setSaid}
            otherLanguage={otherLanguage}
            onIn={() => setWasIn(true)}
        />
    );
}

async function other(locale: Locale): Promise<Language<DeskWords>> {
    const next = locale === 'fr' ? 'en' : 'fr';
    rememberLocale(next);
    return loadLanguage(catalogues, next);
}

/* The sentence shown at the foot of the page, for a while. */
function useSaid(): [Sentence | undefined, (sentence: Sentence) => void] {
    const [said, setSaid] = useState<Sentence>();
    useEffect(() => {
        if (!said) return;
        const timer = setTimeout(() => setSaid(undefined), TOLD_MS);
        return () => clearTimeout(timer);
    }, [said]);
    return [said, setSaid];
}

interface SignedInProps {
    session: DeskSession;
    language: Language<DeskWords>;
    said: Sentence | undefined;
    tell: (sentence: Sentence) => void;
    otherLanguage: () => void;
    onIn: () => void;
}

function SignedIn(props: SignedInProps) {
    const { session, language } = props;
    const state = useStore(session.state);
    const lost = useStore(session.lost);
    const call = useStore(session.call.state);
    const chime = useStore(session.chime.state);
    const clock = useClock(1_000);
    const say = useMemo(() => makeSay(language.words), [language]);
    const zone = state.me?.clinic.time_zone;
    const format = useMemo(() => makeFormat(language.locale, zone), [language.locale, zone]);
    const known = state.me !== undefined;
    useEffect(() => {
        if (known) props.onIn();
    }, [known]);
    if (!state.me) return <Opening words={say('page.loading')} />;
    const page: DeskPage = {
        state,
        me: state.me,
        nowMs: clock + state.skewMs,
        lost,
        locale: language.locale,
        say,
        format,
        send: session.send,
        tell: props.tell,
        otherLanguage: props.otherLanguage,
        async signOut() {
            await request('DELETE', '/api/session');
            session.end();
        },
    };
    return (
        <DeskContext.Provider value={page}>
            <DeskFrame said={props.said}>
                {state.me.role === 'doctor' ? (
                    <Doctor
                        call={callOf(session, call)}
                        chime={chime}
                        onChime={() => session.chime.turnOn()}
                        onPresence={(presence, of) => session.presence(presence, of)}
                    />
                ) : (
                    <main>
                        <Secretary />
                    </main>
                )}
            </DeskFrame>
        </DeskContext.Provider>
    );
}

function callOf(session: DeskSession, state: CallState): Call {
    return {
        state,
        prepare: () => session.call.prepare(),
        mute: (muted: boolean) => session.call.mute(muted),
        cameraOff: (off: boolean) => session.call.cameraOff(off),
        share: (on: boolean) => session.call.share(on),
    };
}

function Opening(props: { words: ComponentChildren }) {
    return (
        <main class="desk opening">
            <h1 class="opening__words">{props.words}</h1>
        </main>
    );
}

export async function startLanguage(): Promise<Language<DeskWords>> {
    return loadLanguage(catalogues, chooseLocale());
}
