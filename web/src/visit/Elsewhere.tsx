/* Elsewhere: this page does not hold the visit: another one does, or none on this device. */
import { Button } from '../shared/ui/Button';
import { Heading } from '../shared/ui/Heading';
import type { CallMe } from './callMe';
import { Layout } from './Layout';
import { useWords } from './words';

export type Away = 'elsewhere' | 'fenced' | 'signed_out' | 'left';

export function AwayPage(props: {
    why: Away;
    clinic?: { name: string; phone: string } | undefined;
    onTake: () => unknown;
    callMe?: CallMe | undefined;
}) {
    const { words } = useWords();
    const texts = {
        elsewhere: [words.elsewhere.title, words.elsewhere.text, words.elsewhere.take],
        fenced: [
            words.elsewhere.fencedTitle,
            words.elsewhere.fencedText,
            words.elsewhere.fencedTake,
        ],
        signed_out: [
            words.elsewhere.signedOutTitle,
            words.elsewhere.signedOutText,
            words.elsewhere.signedOutTake,
        ],
        left: [words.leave.doneTitle, words.leave.doneText, words.elsewhere.signedOutTake],
    }[props.why] as [string, string, string];
    const [title, text, take] = texts;
    return (
        <Layout clinic={props.clinic} {...(props.callMe ? { callMe: props.callMe } : {})}>
            <Heading screen={props.why}>{title}</Heading>
            <p>{text}</p>
            <Button kind="quiet" wide onPress={props.onTake}>
                {take}
            </Button>
        </Layout>
    );
}

/* Nothing is known yet, or the clinic cannot be reached. */
export function WaitPage(props: { trouble: boolean; onRetry: () => unknown }) {
    const { words } = useWords();
    if (!props.trouble) {
        return (
            <Layout>
                <p role="status">{words.page.loading}</p>
            </Layout>
        );
    }
    return (
        <Layout>
            <Heading screen="trouble">{words.page.openProblem}</Heading>
            <p>{words.page.openProblemNext}</p>
            <Button wide onPress={props.onRetry}>
                {words.page.retry}
            </Button>
        </Layout>
    );
}
