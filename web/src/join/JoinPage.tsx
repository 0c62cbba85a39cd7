/* JoinPage: the 8-character code with the birth date, and a lost link sent again. */
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../shared/ui/Button';
import { DateFields, emptyDate, readDate, type DateText } from '../shared/ui/DateFields';
import { ErrorSummary, type FieldError } from '../shared/ui/ErrorSummary';
import { TextField } from '../shared/ui/Field';
import { Form } from '../shared/ui/Form';
import { Heading } from '../shared/ui/Heading';
import { claimCode, resendLink, showLink, type LinkInfo } from '../visit/door';
import { wrongText } from '../visit/Door';
import { Layout } from '../visit/Layout';
import { useWords } from '../visit/words';

export function JoinPage(props: { onEnter: (consultation: string) => void; lost?: boolean }) {
    const [lost, setLost] = useState(props.lost ?? false);
    const [clinic, setClinic] = useState<LinkInfo['clinic']>();
    const { words } = useWords();
    useEffect(() => {
        /* no link leads nowhere; a house of one clinic says whom to call */
        void showLink('').then((info) => setClinic(info?.clinic));
    }, []);
    return (
        <Layout clinic={clinic}>
            {lost ? <LostLink /> : <Code onEnter={props.onEnter} />}
            <Button kind="quiet" wide onPress={() => setLost(!lost)}>
                {lost ? words.join.title : words.join.lostTitle}
            </Button>
        </Layout>
    );
}

function Code({ onEnter }: { onEnter: (consultation: string) => void }) {
    const { words } = useWords();
    const [code, setCode] = useState('');
    const [date, setDate] = useState<DateText>(emptyDate);
    const [errors, setErrors] = useState<FieldError[]>([]);
    const submit = async (): Promise<void> => {
        const birth = readDate(date);
        const found: FieldError[] = [];
        if (!/^[A-Za-z0-9]{8}$/.test(code.replace(/[\s-]/g, ''))) {
            found.push({ field: 'code', text: words.join.codeMissing });
        }
        if (!birth) found.push({ field: 'birth-day', text: words.date.incomplete });
        setErrors(found);
        if (!birth || found.length > 0) return;
        const claim = await claimCode(code, birth);
        if (claim.kind === 'in') onEnter(claim.consultation);
        else if (claim.kind === 'paused') setErrors([{ text: words.door.pausedText }]);
        else if (claim.kind === 'ended') setErrors([{ text: words.door.endedText }]);
        else setErrors([{ field: 'code', text: wrongText(words, claim, words.join.wrong) }]);
    };
    const errorOf = (field: string) => errors.find((error) => error.field === field)?.text;
    return (
        <Form onSubmit={submit}>
            <ErrorSummary title={words.page.errors} errors={errors} />
            <Heading screen="join">{words.join.title}</Heading>
            <p>{words.join.text}</p>
            <TextField
                id="code"
                label={words.join.code}
                value={code}
                error={errorOf('code')}
                autocomplete="off"
                maxLength={12}
                class="code"
                onChange={setCode}
            />
            <DateFields
                id="birth"
                words={words.date}
                value={date}
                error={errorOf('birth-day')}
                onChange={setDate}
            />
            <Button wide submit>
                {words.join.submit}
            </Button>
        </Form>
    );
}

function LostLink() {
    const { words } = useWords();
    const [contact, setContact] = useState('');
    const [date, setDate] = useState<DateText>(emptyDate);
    const [errors, setErrors] = useState<FieldError[]>([]);
    const [sent, setSent] = useState(false);
    const submit = async (): Promise<void> => {
        const birth = readDate(date);
        const found: FieldError[] = [];
        if (contact.trim() === '')
            found.push({ field: 'contact', text: words.join.contactMissing });
        if (!birth) found.push({ field: 'birth-day', text: words.date.incomplete });
        setErrors(found);
        if (!birth || found.length > 0) return;
        if (await resendLink(contact.trim(), birth)) setSent(true);
        else setErrors([{ text: words.page.openProblem }]);
    };
    const errorOf = (field: string) => errors.find((error) => error.field === field)?.text;
    if (sent) {
        return (
            <>
                <Heading screen="resent">{words.join.resentTitle}</Heading>
                <p>{words.join.resentText}</p>
            </>
        );
    }
    return (
        <Form onSubmit={submit}>
            <ErrorSummary title={words.page.errors} errors={errors} />
            <Heading screen="lost_link">{words.join.lostTitle}</Heading>
            <p>{words.join.lostText}</p>
            <TextField
                id="contact"
                label={words.join.contact}
                value={contact}
                error={errorOf('contact')}
                autocomplete="email"
                maxLength={120}
                onChange={setContact}
            />
            <DateFields
                id="birth"
                words={words.date}
                value={date}
                error={errorOf('birth-day')}
                onChange={setDate}
            />
            <Button wide submit>
                {words.join.resend}
            </Button>
        </Form>
    );
}
