/* VisitPage: a claimed visit, whole: its screen within the layout. */
import { useEffect } from 'preact/hooks';
import type { Step } from '../shared/protocol';
import { visitCallMe } from './callMe';
import { Layout } from './Layout';
import type { Actions, Model } from './model';
import { Screen } from './Screen';
import { GuestList } from './screens/Guests';
import { refusalText, useWords } from './words';

/* Where there is time to say who may be there. */
const ASKING: Step[] = ['ready', 'waiting', 'put_back'];

export function VisitPage(props: { model: Model; actions: Actions }) {
    const { words } = useWords();
    const { model, actions } = props;
    const { view } = model.visit;
    const { refused } = model.ui;
    const inCall = view.step === 'call';
    useEffect(() => {
        document.title = `${words.page.title} · ${model.me.clinic.name}`;
    }, [words, model.me.clinic.name]);
    return (
        <Layout
            clinic={model.me.clinic}
            lost={model.connection !== 'open' && !inCall}
            refused={refused && refused !== 'no_number' ? refusalText(words, refused) : ''}
            callMe={visitCallMe(view, refused, actions.askCallback)}
            dark={inCall}
        >
            <Screen model={model} view={view} actions={actions} />
            {ASKING.includes(view.step ?? 'consent') && (
                <GuestList model={model} view={view} actions={actions} />
            )}
        </Layout>
    );
}
