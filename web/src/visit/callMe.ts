/*
 * callMe: "call me back". On the screens around the visit whoever holds its link
 * may ask; in the visit its room does.
 */
import { createContext } from 'preact';
import { useState } from 'preact/hooks';
import type { View } from '../shared/protocol';
import { callBack } from './door';

export interface CallMe {
    asked: boolean;
    refused: string; /* the code of the last answer, "" for none */
    ask: () => Promise<unknown>;
}

export const CallMeContext = createContext<CallMe | undefined>(undefined);

/* known: what the link told, undefined when it leads to no visit. */
export function useLinkCallMe(token: string | undefined, known: boolean | undefined) {
    const [asked, setAsked] = useState(false);
    const [refused, setRefused] = useState('');
    if (!token || known === undefined) return undefined;
    const ask = async (): Promise<void> => {
        const code = await callBack(token);
        setAsked(code === '');
        setRefused(code);
    };
    return { asked: asked || known, refused, ask };
}

/* refused: the code of the visit's last refusal, whatever it was about. */
export function visitCallMe(
    view: View | undefined,
    refused: string,
    ask: () => Promise<unknown>,
): CallMe {
    return {
        asked: view?.callback_asked ?? false,
        refused: refused === 'no_number' ? refused : '',
        ask,
    };
}
