/* chat: the visit's messages, newest at the bottom, and a field to answer. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button } from '../shared/ui/Button';
import { TextArea } from '../shared/ui/Field';
import { useCommandForm, useDesk } from './page';
import { FormErrors, useErrorOf } from './parts';
import { textErrors } from './visit_dialogs';

export function Chat(props: { of: string; onTyping: (typing: boolean) => void }) {
    const { say, state, format, send } = useDesk();
    const [text, setText] = useState('');
    const end = useRef<HTMLLIElement>(null);
    const messages = state.visits[props.of]?.chat ?? [];
    const form = useCommandForm({
        check: () => textErrors('text', text, 'error.message', 2000),
        send: () => send('send_message', props.of, { text: text.trim() }),
        done() {
            setText('');
            props.onTyping(false);
        },
    });
    const errorOf = useErrorOf(form);
    useEffect(() => end.current?.scrollIntoView({ block: 'nearest' }), [messages.length]);
    useEffect(() => () => props.onTyping(false), []);
    const write = (next: string): void => {
        setText(next);
        props.onTyping(next !== '');
    };
    return (
        <div class="chat">
            <h2>{say('chat.title')}</h2>
            {messages.length === 0 && <p class="muted">{say('chat.empty')}</p>}
            <ol class="chat__list" aria-live="polite" aria-label={say('chat.title')} tabIndex={0}>
                {messages.map((each) => (
                    <li class={`bubble bubble--${each.from}`} key={each.n}>
                        <span class="bubble__who">
                            {say(`chat.from.${each.from}`)} · {format.time(each.at_ms)}
                        </span>
                        {each.text}
                    </li>
                ))}
                <li ref={end} aria-hidden="true" />
            </ol>
            <form
                class="chat__form"
                noValidate
                onSubmit={(event) => {
                    event.preventDefault();
                    form.submit();
                }}
            >
                <FormErrors form={{ errors: {}, refused: form.refused }} prefix="chat" />
                <TextArea
                    id="chat-text"
                    label={say('chat.label')}
                    rows={2}
                    maxLength={1500}
                    value={text}
                    error={errorOf('text')}
                    onChange={write}
                />
                <Button small submit>
                    {say('chat.go')}
                </Button>
            </form>
        </div>
    );
}
