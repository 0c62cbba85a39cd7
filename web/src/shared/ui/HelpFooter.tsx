/* HelpFooter: the clinic's number, "call me back" and the emergency numbers, always
 * at the same place. */
import { LinkButton } from './Button';

export interface HelpWords {
    title: string;
    help: string; /* Besoin d'aide ? */
    emergency: string;
    callMe: string;
    callAsked: string; /* said once somebody asked */
}

export function HelpFooter(props: {
    words: HelpWords;
    phone?: string | undefined;
    phoneText?: string;
    callAsked?: boolean;
    callRefused?: string; /* why nobody will call, "" otherwise */
    onCallMe?: (() => unknown) | undefined;
}) {
    return (
        <footer class="help" aria-label={props.words.title}>
            <div class="help__inner">
                <div class="help__row">
                    <span class="help__clinic">
                        {props.phone && (
                            <>
                                <strong>{props.words.help}</strong>{' '}
                                <a
                                    class="help__phone"
                                    href={`tel:${props.phone.replace(/\s/g, '')}`}
                                >
                                    {props.phoneText ?? props.phone}
                                </a>
                            </>
                        )}
                    </span>
                    <div class="help__call">
                        {props.onCallMe && !props.callAsked && (
                            <LinkButton onPress={props.onCallMe}>{props.words.callMe}</LinkButton>
                        )}
                        <strong role="status">
                            {props.callAsked ? props.words.callAsked : props.callRefused}
                        </strong>
                    </div>
                </div>
                <div class="muted">{props.words.emergency}</div>
            </div>
        </footer>
    );
}
