/*
 * doctor: the waiting list at the left for good; at the right the call, what is
 * written, or what to prepare.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Presence, Row } from '../shared/protocol';
import { Button } from '../shared/ui/Button';
import type { Call } from './call_media';
import { CallStage, type Side } from './call_stage';
import { Chat } from './chat';
import type { ChimeState } from './chime';
import { admittedRow } from './day';
import {
    AdultDialog,
    AnotherDialog,
    EndDialog,
    NoShowDialog,
    TelephoneDialog,
} from './doctor_dialogs';
import { DoctorList } from './doctor_list';
import type { Draft } from './draft_dialog';
import { IdleStage } from './idle_stage';
import { ask, refusalOf, useDesk, useRow } from './page';
import { Papers } from './papers';
import type { Sentence } from './say';
import { MessageDialog } from './visit_dialogs';

export interface DoctorProps {
    call: Call;
    chime: ChimeState;
    onChime: () => Promise<void>;
    onPresence: (presence: Presence, of: string) => void;
    /* fixtures begin in the middle */
    start?: { side?: Side; papers?: string; dialog?: OpenDialog; draft?: Draft };
}

type OpenDialog =
    | { name: 'adult' | 'another' | 'message' | 'no_show' | 'telephone'; of: string }
    | { name: 'end'; of: string; next?: string };

export function Doctor(props: DoctorProps) {
    const page = useDesk();
    const { state, send, tell } = page;
    const [dialog, setDialog] = useState<OpenDialog | undefined>(props.start?.dialog);
    const [side, setSide] = useState<Side | undefined>(props.start?.side);
    const [papersOf, setPapersOf] = useState<string | undefined>(props.start?.papers);
    const [typing, setTyping] = useState(false);
    const inside = admittedRow(state);
    const papers = inside && side === 'papers' ? inside.of : papersOf;
    useWatch(inside?.of);
    useWatch(papers === inside?.of ? undefined : papers);
    useOwnPresence(props, papers !== undefined, typing, inside?.of);
    useAfterCall(inside?.of, setPapersOf, setSide);

    const admit = async (row: Row): Promise<void> => {
        /* the click that admits may open camera and microphone as well */
        if (!props.call.state.prepared) void props.call.prepare();
        if (inside && inside.of !== row.of) setDialog({ name: 'another', of: row.of });
        else if (row.view.minor) setDialog({ name: 'adult', of: row.of });
        else await admitNow(row.of);
    };
    const admitNow = async (of: string): Promise<void> => {
        try {
            const answer = await send('admit', of, {});
            const refused = refusalOf(answer);
            if (answer.refused === 'needs_adult') setDialog({ name: 'adult', of });
            else if (answer.refused === 'another_admitted') setDialog({ name: 'another', of });
            else if (refused) tell(refused);
        } catch {
            tell({ key: 'page.failed' });
        }
    };
    const open = (name: Exclude<OpenDialog['name'], 'end'>) => (of: string) =>
        setDialog({ name, of });
    return (
        <div class={`room${papers || (inside && side) ? ' room--side' : ''}`}>
            <DoctorList
                open={papers}
                actions={{
                    admit,
                    papers: setPapersOf,
                    message: open('message'),
                    noShow: open('no_show'),
                    telephone: (row) =>
                        setDialog({ name: inside ? 'another' : 'telephone', of: row.of }),
                }}
            />
            <main class="room__main">
                {state.elsewhere ? (
                    <Elsewhere call={props.call} />
                ) : (
                    <Stage
                        {...props}
                        inside={inside}
                        side={side}
                        onSide={(next) => {
                            setPapersOf(undefined);
                            setSide(next);
                        }}
                        onDialog={setDialog}
                        onAdmit={admit}
                    />
                )}
                {inside && side === 'chat' && !papersOf && (
                    <aside class="side">
                        <Chat of={inside.of} onTyping={setTyping} />
                    </aside>
                )}
                {papers && (
                    <aside class="side">
                        <SidePapers
                            of={papers}
                            inCall={papers === inside?.of}
                            draft={props.start?.draft}
                            onClose={() => {
                                setPapersOf(undefined);
                                setSide(undefined);
                            }}
                        />
                    </aside>
                )}
            </main>
            {dialog && (
                <OpenDialogOf
                    dialog={dialog}
                    inside={inside}
                    onDialog={setDialog}
                    onAdmit={admitNow}
                />
            )}
        </div>
    );
}

interface StageProps extends DoctorProps {
    inside: Row | undefined;
    side: Side | undefined;
    onSide: (side: Side | undefined) => void;
    onDialog: (dialog: OpenDialog) => void;
    onAdmit: (row: Row) => Promise<void>;
}

function Stage(props: StageProps) {
    const { inside } = props;
    if (!inside) {
        return (
            <IdleStage
                call={props.call}
                chime={props.chime}
                onChime={props.onChime}
                onAdmit={props.onAdmit}
            />
        );
    }
    return (
        <CallStage
            key={inside.of}
            row={inside}
            call={props.call}
            side={props.side}
            onSide={props.onSide}
            onTelephone={() => props.onDialog({ name: 'telephone', of: inside.of })}
            onEnd={() => props.onDialog({ name: 'end', of: inside.of })}
        />
    );
}

function SidePapers(props: {
    of: string;
    inCall: boolean;
    draft: Draft | undefined;
    onClose: () => void;
}) {
    const row = useRow(props.of);
    if (!row) return null;
    return (
        <Papers
            key={props.of}
            row={row}
            inCall={props.inCall}
            onClose={props.onClose}
            {...(props.draft ? { draft: props.draft } : {})}
        />
    );
}

/* ---- one dialog at a time ------------------------------------------------------ */

interface OpenDialogProps {
    dialog: OpenDialog;
    inside: Row | undefined;
    onDialog: (dialog: OpenDialog | undefined) => void;
    onAdmit: (of: string) => Promise<void>;
}

function OpenDialogOf(props: OpenDialogProps) {
    const { send } = useDesk();
    const { dialog, inside, onDialog, onAdmit } = props;
    const row = useRow(dialog.of);
    const close = (): void => onDialog(undefined);
    const comeIn = (next: Row): void => {
        if (next.view.minor) onDialog({ name: 'adult', of: next.of });
        else {
            close();
            void onAdmit(next.of);
        }
    };
    const putBack = async (next: Row): Promise<Sentence | undefined> => {
        const refused = inside ? await ask(send('put_back', inside.of, {})) : undefined;
        if (!refused) comeIn(next);
        return refused;
    };
    if (!row) return null;
    switch (dialog.name) {
        case 'adult':
            return <AdultDialog row={row} onClose={close} />;
        case 'another':
            if (!inside) return null;
            return (
                <AnotherDialog
                    inside={inside}
                    next={row}
                    onPutBack={() => putBack(row)}
                    onEnd={() => onDialog({ name: 'end', of: inside.of, next: row.of })}
                    onClose={close}
                />
            );
        case 'end':
            return <EndThenAdmit {...props} row={row} next={dialog.next} comeIn={comeIn} />;
        case 'message':
            return <MessageDialog row={row} onClose={close} />;
        case 'no_show':
            return <NoShowDialog row={row} onClose={close} />;
        case 'telephone':
            return <TelephoneDialog row={row} onClose={close} />;
    }
}

function EndThenAdmit(
    props: OpenDialogProps & {
        row: Row;
        next: string | undefined;
        comeIn: (row: Row) => void;
    },
) {
    const next = useRow(props.next ?? '');
    return (
        <EndDialog
            row={props.row}
            onClose={() => props.onDialog(undefined)}
            onEnded={() => {
                if (next) props.comeIn(next);
            }}
        />
    );
}

/* ---- another screen of the same doctor ------------------------------------------- */

function Elsewhere(props: { call: Call }) {
    const { say, send, me, tell } = useDesk();
    const own = typeof me.practitioner === 'string' ? me.practitioner : '';
    const take = async (): Promise<void> => {
        void props.call.prepare();
        const refused = await ask(send('take_over', own, {}));
        if (refused) tell(refused);
    };
    return (
        <section class="stage stage--idle" aria-labelledby="elsewhere-title">
            <div class="card idle__next">
                <h2 id="elsewhere-title">{say('elsewhere.title')}</h2>
                <p>{say('elsewhere.lead')}</p>
                <Button onPress={take}>{say('elsewhere.go')}</Button>
            </div>
        </section>
    );
}

/* ---- what runs beside the screens ------------------------------------------------- */

function useWatch(of: string | undefined): void {
    const { send } = useDesk();
    useEffect(() => {
        if (!of) return;
        send('watch', of, {}).catch(() => undefined);
        return () => {
            send('unwatch', of, {}).catch(() => undefined);
        };
    }, [of]);
}

/* What the patient is told of the doctor: at the desk, writing, camera, sound. */
function useOwnPresence(
    props: DoctorProps,
    writing: boolean,
    typing: boolean,
    inside: string | undefined,
): void {
    const { me } = useDesk();
    const own = typeof me.practitioner === 'string' ? me.practitioner : '';
    const { line, cameraOff, sharing, devices } = props.call.state;
    const camera = !cameraOff && devices.cameraTrack !== undefined;
    const microphone = !line.muted && devices.microphoneTrack !== undefined;
    useEffect(() => {
        const doing = writing ? 'writing' : 'desk';
        props.onPresence({ doing, typing, camera, microphone, sharing }, inside ?? own);
    }, [writing, typing, camera, microphone, sharing, inside, own]);
}

/* When a call ends its papers stay open: there is often something to finish. */
function useAfterCall(
    inside: string | undefined,
    setPapers: (of: string | undefined) => void,
    setSide: (side: Side | undefined) => void,
): void {
    const { state } = useDesk();
    const [before, setBefore] = useState(inside);
    useEffect(() => {
        if (before === inside) return;
        setBefore(inside);
        const row = state.board?.rows.find((each) => each.of === before);
        if (
            before &&
            !inside &&
            row?.view.phase === 'ended' &&
            row.view.prescription === 'follows'
        ) {
            setPapers(before);
        }
        if (inside) setPapers(undefined);
        if (before !== undefined) setSide(undefined);
    }, [inside]);
}
