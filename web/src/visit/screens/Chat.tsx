/* Chat: the visit's messages, beside the picture. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button, LinkButton } from '../../shared/ui/Button';
import { TextArea } from '../../shared/ui/Field';
import type { Model } from '../model';
import { useWords } from '../words';

/* Messages of others that were not on the screen yet. */
export function unreadMessages(model: Model): number {
    return model.visit.chat.filter(
        (message) => message.from !== 'patient' && message.n > model.ui.seenMessages,
    ).length;
}

const TYPING_MS = 4_000;

export function Chat(props: {
    model: Model;
    onSend: (text: string) => Promise<boolean>;
    onTyping: (typing: boolean) => void;
    onSeen: (last: number) => void;
    onClose: () => void;
}) {
    const { words, format } = useWords();
    const { chat } = props.model.visit;
    const [text, setText] = useState('');
    const list = useRef<HTMLOListElement>(null);
    const heading = useRef<HTMLHeadingElement>(null);
    const last = chat.at(-1)?.n ?? 0;
    useEffect(() => {
        list.current?.lastElementChild?.scrollIntoView({ block: 'nearest' });
        props.onSeen(last);
    }, [last]);
    useEffect(() => {
        props.onTyping(text !== '');
        const timer = setTimeout(() => props.onTyping(false), TYPING_MS);
        return () => clearTimeout(timer);
    }, [text]);
    useEffect(() => {
        heading.current?.focus({ preventScroll: true });
        return () => props.onTyping(false);
    }, []);
    const send = async (): Promise<void> => {
        const sending = text.trim();
        if (sending !== '' && (await props.onSend(sending))) setText('');
    };
    return (
        <section class="chat" aria-label={words.call.chat}>
            <div class="row">
                <h2 class="grow" tabIndex={-1} ref={heading}>
                    {words.call.chat}
                </h2>
                <LinkButton onPress={props.onClose}>{words.call.chatClose}</LinkButton>
            </div>
            <div class="chat__list" role="log" tabIndex={0} aria-label={words.call.chat}>
                {chat.length === 0 && <p class="muted">{words.call.chatEmpty}</p>}
                <ol ref={list}>
                    {chat.map((message) => (
                        <li key={message.n} class={`chat__line chat__line--${message.from}`}>
                            <span class="muted small">
                                {words.call.from[message.from]} · {format.time(message.at_ms)}
                            </span>
                            <span class="chat__text">{message.text}</span>
                        </li>
                    ))}
                </ol>
            </div>
            <TextArea
                id="message"
                label={words.call.chatWrite}
                rows={1}
                maxLength={1000}
                value={text}
                onChange={setText}
            />
            <Button wide small onPress={send}>
                {words.call.chatSend}
            </Button>
        </section>
    );
}
