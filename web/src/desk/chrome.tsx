/* chrome: what surrounds every desk: whose it is, the hour, and what just happened. */
import type { ComponentChildren } from 'preact';
import { Header } from '../shared/ui/Header';
import type { Sentence } from './say';
import { useDesk } from './page';

export function DeskFrame(props: { said: Sentence | undefined; children: ComponentChildren }) {
    const { say, me, state } = useDesk();
    return (
        <div class={`desk desk--${me.role}`}>
            <a class="skip" href="#list">
                {say('page.skip')}
            </a>
            <DeskHeader />
            {state.connection === 'lost' && (
                <div class="banner" role="alert">
                    {say('page.lost')}
                </div>
            )}
            {props.children}
            <div class="toast" role="status" aria-live="polite">
                {props.said && <span>{say(props.said.key, props.said.values)}</span>}
            </div>
        </div>
    );
}

function DeskHeader() {
    const { say, me, format, nowMs, signOut, otherLanguage } = useDesk();
    const place = me.role === 'doctor' ? 'page.title.doctor' : 'page.title.secretary';
    return (
        <Header title={`${me.clinic.name} · ${say(place)}`}>
            <span class="muted">
                {format.day(nowMs)}, {format.time(nowMs)}
            </span>
            <span class="top__name">{me.name}</span>
            <button type="button" class="button-link" onClick={otherLanguage}>
                {say('page.language')}
            </button>
            <button type="button" class="button-link" onClick={signOut}>
                {say('page.sign_out')}
            </button>
        </Header>
    );
}
