/*
 * run: mounts the patient's pages: chooses the language, follows the way in, and
 * once the visit is claimed shows its room.
 */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { keepDoubleClicksTogether } from '../shared/clicks';
import {
    chooseLocale,
    LanguageContext,
    loadLanguage,
    rememberLocale,
    type Language,
    type Locale,
} from '../shared/i18n';
import { useClock, useStore } from '../shared/store';
import { catalogues, type Words } from '../words';
import { AwayPage, WaitPage, type Away } from './Elsewhere';
import { visitCallMe } from './callMe';
import { ChangeLocale } from './Layout';
import type { Model } from './model';
import { VisitRoom } from './room';
import { VisitPage } from './VisitPage';

/* Gives what is below the words of the person's language. */
export function InLanguage(props: {
    wished?: string | undefined;
    timeZone?: string | undefined;
    children: preact.ComponentChildren;
}) {
    const [chosen, setChosen] = useState<Locale | undefined>();
    const [language, setLanguage] = useState<Language<Words> | undefined>();
    const locale = chosen ?? chooseLocale(props.wished);
    useEffect(() => {
        let current = true;
        void loadLanguage(catalogues, locale, props.timeZone).then((next) => {
            if (current) setLanguage(next);
        });
        return () => {
            current = false;
        };
    }, [locale, props.timeZone]);
    if (!language) return null;
    const change = (next: Locale): void => {
        rememberLocale(next);
        setChosen(next);
    };
    return (
        <ChangeLocale.Provider value={change}>
            <LanguageContext.Provider value={language}>{props.children}</LanguageContext.Provider>
        </ChangeLocale.Provider>
    );
}

const TROUBLE_MS = 8_000;

/* A claimed visit, from its first frame to « Terminer sur cet appareil ». */
export function RoomPage(props: {
    consultation: string;
    fromPayment: boolean;
    onTimeZone: (timeZone: string, locale: string | undefined) => void;
    onBackToDoor: () => void;
}) {
    const [room] = useState(() => new VisitRoom(props.consultation, props));
    const state = useStore(room.state);
    const ui = useStore(room.ui);
    const devices = useStore(room.devices.state);
    const media = useStore(room.media.state);
    const check = useStore(room.check.state);
    const now = useClock(1_000);
    const [startedMs] = useState(() => Date.now());
    useEffect(() => {
        room.start();
        return () => room.stop();
    }, [room]);
    useEffect(() => {
        if (state.me) props.onTimeZone(state.me.clinic.time_zone, state.me.locale);
    }, [state.me]);

    const visit = state.visits[props.consultation];
    const away = awayOf(state);
    if (away) {
        const take = away === 'elsewhere' ? () => room.takeOver() : props.onBackToDoor;
        /* a page that only looks on may still ask; one that was sent away has its link */
        const callMe =
            away === 'elsewhere'
                ? visitCallMe(visit?.view, ui.refused, room.actions.askCallback)
                : undefined;
        return <AwayPage why={away} clinic={state.me?.clinic} onTake={take} callMe={callMe} />;
    }
    if (!state.me || !visit?.view.step) {
        const trouble = now - startedMs > TROUBLE_MS && state.connection !== 'open';
        return <WaitPage trouble={trouble} onRetry={() => location.reload()} />;
    }
    const model: Model = {
        me: state.me,
        visit,
        connection: state.connection,
        nowMs: now + state.skewMs,
        devices,
        media,
        check,
        ui,
    };
    return <VisitPage model={model} actions={room.actions} />;
}

function awayOf(state: {
    fenced: boolean;
    signedOut: boolean;
    elsewhere: boolean;
}): Away | undefined {
    if (state.fenced) return 'fenced';
    if (state.signedOut) return 'signed_out';
    return state.elsewhere ? 'elsewhere' : undefined;
}

export function mount(page: preact.ComponentChild): void {
    keepDoubleClicksTogether();
    const root = document.getElementById('page');
    if (root) render(page, root);
}
