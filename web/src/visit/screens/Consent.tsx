/* Consent: nothing ticked beforehand, two buttons of equal weight. */
import { Button } from '../../shared/ui/Button';
import { Card } from '../../shared/ui/Card';
import { Heading } from '../../shared/ui/Heading';
import type { ScreenProps } from '../model';
import { useWords } from '../words';

export function Consent({ model, actions }: ScreenProps) {
    const { words } = useWords();
    const text = words.consent.text;
    const answer = (accepted: boolean) => actions.consent(accepted, words.consent.version, text);
    return (
        <>
            {model.me.given && <p>{words.consent.hello(model.me.given)}</p>}
            <Heading screen="consent">{words.consent.title}</Heading>
            <Card>
                <p>{text}</p>
            </Card>
            <div class="stack equal">
                <Button kind="quiet" wide onPress={() => answer(true)}>
                    {words.consent.accept}
                </Button>
                <Button kind="quiet" wide onPress={() => answer(false)}>
                    {words.consent.refuse}
                </Button>
            </div>
        </>
    );
}

export function ConsentRefused({ actions }: ScreenProps) {
    const { words } = useWords();
    return (
        <>
            <Heading screen="consent_refused">{words.consentRefused.title}</Heading>
            <p>{words.consentRefused.text}</p>
            <Button
                kind="quiet"
                wide
                onPress={() => actions.consent(true, words.consent.version, words.consent.text)}
            >
                {words.consentRefused.again}
            </Button>
        </>
    );
}
