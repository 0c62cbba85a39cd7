/* sign_in: login and password, and what to do when they are not right. */
import { useState } from 'preact/hooks';
import { request } from '../shared/http';
import { Button } from '../shared/ui/Button';
import { ErrorSummary, type FieldError } from '../shared/ui/ErrorSummary';
import { TextField, Tick } from '../shared/ui/Field';
import { Header } from '../shared/ui/Header';
import type { DeskKey } from '../words/desk.fr';
import type { Locale } from '../shared/i18n';
import { counted, type Say } from './say';

export type SignInOutcome = 'ok' | 'wrong' | 'too_many' | 'unreachable';

/* Asks the server; the cookie comes with the answer. */
export async function signIn(login: string, password: string): Promise<SignInOutcome> {
    const reply = await request('POST', '/api/session', { login, password });
    if (reply.code === '') return 'ok';
    if (reply.status === 401) return 'wrong';
    return reply.status === 429 ? 'too_many' : 'unreachable';
}

const failures = {
    wrong: 'signin.wrong',
    too_many: 'signin.too_many',
    unreachable: 'signin.unreachable',
} as const satisfies Record<Exclude<SignInOutcome, 'ok'>, DeskKey>;

export interface SignInProps {
    say: Say;
    locale: Locale;
    signedOut: boolean;
    signIn: (login: string, password: string) => Promise<SignInOutcome>;
    onSignedIn: () => void;
    otherLanguage: () => void;
}

export function SignIn(props: SignInProps) {
    const { say } = props;
    return (
        <div class="desk desk--signin">
            <Header title={say('page.title')}>
                <button type="button" class="button-link" onClick={props.otherLanguage}>
                    {say('page.language')}
                </button>
            </Header>
            <main class="signin">
                <h1>{say('signin.title')}</h1>
                <p class="muted">{say('signin.lead')}</p>
                {props.signedOut && (
                    <div class="notice notice--amber" role="status">
                        {say('signin.signed_out')}
                    </div>
                )}
                <SignInForm {...props} />
                <p>
                    {say('signin.patient')} <a href="/join">{say('signin.patient.link')}</a>.
                </p>
            </main>
        </div>
    );
}

/* What is missing, or what the server said. */
function problems(say: Say, login: string, password: string): Record<'login' | 'password', string> {
    return {
        login: login.trim() ? '' : say('signin.no_login'),
        password: password ? '' : say('signin.no_password'),
    };
}

function SignInForm(props: SignInProps) {
    const { say } = props;
    const [login, setLogin] = useState('');
    const [password, setPassword] = useState('');
    const [shown, setShown] = useState(false);
    const [busy, setBusy] = useState(false);
    const [missing, setMissing] = useState({ login: '', password: '' });
    const [failure, setFailure] = useState('');

    const submit = async (): Promise<void> => {
        if (busy) return;
        const found = problems(say, login, password);
        setMissing(found);
        setFailure('');
        if (found.login || found.password) return;
        setBusy(true);
        const outcome = await props.signIn(login.trim(), password);
        setBusy(false);
        if (outcome === 'ok') props.onSignedIn();
        else setFailure(say(failures[outcome]));
    };

    const errors: FieldError[] = [];
    if (missing.login) errors.push({ field: 'signin-login', text: missing.login });
    if (missing.password) errors.push({ field: 'signin-password', text: missing.password });
    if (failure) errors.push({ field: 'signin-password', text: failure });
    const title = say(counted('page.errors', Math.max(1, errors.length), props.locale), {
        n: errors.length,
    });
    return (
        <form
            class="card stack"
            noValidate
            onSubmit={(event) => {
                event.preventDefault();
                void submit();
            }}
        >
            <ErrorSummary title={failure ? say('signin.failed') : title} errors={errors} />
            <TextField
                id="signin-login"
                label={say('signin.login')}
                value={login}
                autocomplete="username"
                error={missing.login || undefined}
                onChange={setLogin}
            />
            <TextField
                id="signin-password"
                label={say('signin.password')}
                type={shown ? 'text' : 'password'}
                value={password}
                autocomplete="current-password"
                error={missing.password || undefined}
                onChange={setPassword}
            />
            <Tick id="signin-show" label={say('signin.show')} checked={shown} onChange={setShown} />
            <Button submit wide>
                {busy ? say('signin.going') : say('signin.go')}
            </Button>
        </form>
    );
}
