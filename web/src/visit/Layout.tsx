/*
 * Layout: what stands around every screen of the patient: whose page it is, the
 * language, whether the connection holds, and help at the same place always.
 */
import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import { createContext } from 'preact';
import { localeNames, locales, type Locale } from '../shared/i18n';
import { Notice } from '../shared/ui/Card';
import { Header } from '../shared/ui/Header';
import { HelpFooter } from '../shared/ui/HelpFooter';
import { CallMeContext, type CallMe } from './callMe';
import { refusalText, useWords } from './words';

export const ChangeLocale = createContext<(locale: Locale) => void>(() => undefined);

/* The other language, named in itself. */
function LocaleSwitch() {
    const { locale } = useWords();
    const change = useContext(ChangeLocale);
    const others = locales.filter((each) => each !== locale);
    return (
        <>
            {others.map((other) => (
                <button
                    key={other}
                    type="button"
                    class="button-link"
                    lang={other}
                    onClick={() => change(other)}
                >
                    {localeNames[other]}
                </button>
            ))}
        </>
    );
}

export interface LayoutProps {
    children: ComponentChildren;
    clinic?: { name: string; phone: string } | undefined;
    lost?: boolean;
    refused?: string;
    callMe?: CallMe; /* else the one of the link, where there is one */
    dark?: boolean;
}

export function Layout(props: LayoutProps) {
    const { words, format } = useWords();
    const { clinic } = props;
    const linkCallMe = useContext(CallMeContext);
    const callMe = props.callMe ?? linkCallMe;
    return (
        <div class={props.dark ? 'shell shell--dark' : 'shell'}>
            <Header title={clinic?.name ?? words.page.title}>
                <LocaleSwitch />
            </Header>
            <main class="shell__main" id="main">
                {props.lost && (
                    <Notice tone="amber" alert>
                        {words.connection.lost}
                    </Notice>
                )}
                {props.refused && (
                    <Notice tone="brick" alert>
                        {props.refused}
                    </Notice>
                )}
                {props.children}
            </main>
            <HelpFooter
                words={words.help}
                phone={clinic?.phone}
                phoneText={clinic ? format.phone(clinic.phone) : ''}
                callAsked={callMe?.asked ?? false}
                callRefused={callMe?.refused ? refusalText(words, callMe.refused) : ''}
                onCallMe={callMe?.refused === 'no_number' ? undefined : callMe?.ask}
            />
        </div>
    );
}
