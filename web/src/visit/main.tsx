/* The page /v/<token>: the patient's way through the visit. */
import '../shared/style/tokens.css';
import '../shared/style/base.scss';
import './visit.css';
import { useEffect, useState } from 'preact/hooks';
import type { DateNumbers } from '../shared/ui/DateFields';
import { CallMeContext, useLinkCallMe } from './callMe';
import { claimLink, showLink, type Claim, type LinkInfo } from './door';
import { DoorPage } from './Door';
import { WaitPage } from './Elsewhere';
import { readPlace } from './place';
import { InLanguage, mount, RoomPage } from './run';

const place = readPlace(location);

function VisitWay() {
    const [info, setInfo] = useState<LinkInfo | undefined>();
    const [trouble, setTrouble] = useState(false);
    const [consultation, setConsultation] = useState(place.consultation);
    const [zone, setZone] = useState<string | undefined>();
    const [locale, setLocale] = useState<string | undefined>();

    const known = consultation ? (info?.callback_asked ?? false) : info?.callback_asked;
    const callMe = useLinkCallMe(place.token, known);

    const look = async (): Promise<void> => {
        setTrouble(false);
        const next = await showLink(place.token ?? '');
        setTrouble(next === undefined);
        setInfo(next);
        setZone(next?.time_zone);
        setLocale(next?.locale);
        setConsultation(next?.mine && !next.guest ? next.consultation : undefined);
    };
    useEffect(() => {
        if (!consultation) void look();
    }, []);

    const claim = async (birth: DateNumbers): Promise<Claim> => {
        const result = await claimLink(place.token ?? '', birth);
        if (result.kind === 'in') setConsultation(result.consultation);
        return result;
    };
    const backToDoor = (): void => {
        if (place.token) location.reload();
        else location.assign('/join');
    };
    return (
        <InLanguage wished={locale} timeZone={zone}>
            <CallMeContext.Provider value={callMe}>
                {info?.state === 'ok' && info.guest !== undefined ? (
                    <GuestPages info={info} token={place.token ?? ''} />
                ) : consultation ? (
                    <RoomPage
                        key={consultation}
                        consultation={consultation}
                        fromPayment={place.fromPayment}
                        onTimeZone={(nextZone, nextLocale) => {
                            setZone(nextZone);
                            setLocale(nextLocale);
                        }}
                        onBackToDoor={backToDoor}
                    />
                ) : info ? (
                    <DoorPage info={info} nowMs={Date.now()} onClaim={claim} />
                ) : (
                    <WaitPage trouble={trouble} onRetry={look} />
                )}
            </CallMeContext.Provider>
        </InLanguage>
    );
}

/* A guest's pages are fetched by guests alone. */
function GuestPages(props: { info: LinkInfo; token: string }) {
    const [pages, setPages] = useState<typeof import('../guest/GuestWay') | undefined>();
    const [trouble, setTrouble] = useState(false);
    useEffect(() => {
        import('../guest/GuestWay').then(setPages, () => setTrouble(true));
    }, []);
    if (!pages) return <WaitPage trouble={trouble} onRetry={() => location.reload()} />;
    return <pages.GuestWay {...props} />;
}

mount(<VisitWay />);
