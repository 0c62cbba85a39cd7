/* The page /join: for those without a link. After the claim the visit runs here. */
import '../shared/style/tokens.css';
import '../shared/style/base.scss';
import '../visit/visit.css';
import { useState } from 'preact/hooks';
import { readPlace } from '../visit/place';
import { InLanguage, mount, RoomPage } from '../visit/run';
import { JoinPage } from './JoinPage';

const place = readPlace(location);

function Join() {
    const [consultation, setConsultation] = useState(place.consultation);
    const [zone, setZone] = useState<string | undefined>();
    const [locale, setLocale] = useState<string | undefined>();
    const enter = (next: string): void => {
        /* so that a reload finds the visit again; it opens only with the cookie */
        history.replaceState(null, '', `/join#${next}`);
        setConsultation(next);
    };
    return (
        <InLanguage wished={locale} timeZone={zone}>
            {consultation ? (
                <RoomPage
                    key={consultation}
                    consultation={consultation}
                    fromPayment={place.fromPayment}
                    onTimeZone={(nextZone, nextLocale) => {
                        setZone(nextZone);
                        setLocale(nextLocale);
                    }}
                    onBackToDoor={() => {
                        history.replaceState(null, '', '/join');
                        setConsultation(undefined);
                    }}
                />
            ) : (
                <JoinPage onEnter={enter} />
            )}
        </InLanguage>
    );
}

mount(<Join />);
