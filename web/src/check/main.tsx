/* The page /check: camera, microphone, loudspeaker and line, any day before. */
import '../shared/style/tokens.css';
import '../shared/style/base.scss';
import '../visit/visit.css';
import { useState } from 'preact/hooks';
import { Devices } from '../shared/devices';
import { useStore } from '../shared/store';
import { Button } from '../shared/ui/Button';
import { Heading } from '../shared/ui/Heading';
import { DeviceTest } from '../visit/DeviceTest';
import { Layout } from '../visit/Layout';
import { InLanguage, mount } from '../visit/run';
import { useWords } from '../visit/words';
import { Visitor } from './visitor';

const devices = new Devices();
const visitor = new Visitor();

function CheckPage() {
    const { words } = useWords();
    const state = useStore(devices.state);
    const check = useStore(visitor.check.state);
    const media = useStore(visitor.media.state);
    const [soundOnly, setSoundOnly] = useState(false);
    const [verdict, setVerdict] = useState<'good' | 'part' | undefined>();
    const finish = (heard: boolean | undefined): void => {
        const works = state.camera === 'works' && state.microphone === 'works' && heard !== false;
        const carries = check.line !== 'poor' && check.line !== 'sound';
        const all = works && carries && check.voice !== 'silent';
        setVerdict(all && !soundOnly ? 'good' : 'part');
        visitor.close();
        devices.close();
    };
    const changeSoundOnly = async (next: boolean): Promise<void> => {
        setSoundOnly(next);
        await devices.open({ camera: !next, microphone: true });
    };
    if (verdict) {
        const good = verdict === 'good';
        return (
            <Layout>
                <Heading screen="verdict">
                    {good ? words.testPage.goodTitle : words.testPage.partTitle}
                </Heading>
                <p>{good ? words.testPage.good : words.testPage.part}</p>
                {check.voice !== 'untested' && <p>{words.check.voice.words[check.voice]}</p>}
                {check.line !== 'untested' && <p>{words.check.line[check.line]}</p>}
                <Button kind="quiet" wide onPress={() => setVerdict(undefined)}>
                    {words.testPage.again}
                </Button>
            </Layout>
        );
    }
    return (
        <Layout>
            <DeviceTest
                title={words.testPage.title}
                devices={state}
                soundOnly={soundOnly}
                check={check}
                house={media.house}
                onCheck={() => visitor.run(state.microphoneTrack)}
                doneText={words.testPage.done}
                onOpen={(camera) => devices.open({ camera, microphone: true })}
                onSoundOnly={changeSoundOnly}
                onSwitchCamera={() => devices.switchCamera()}
                onDone={finish}
            />
        </Layout>
    );
}

mount(
    <InLanguage>
        <CheckPage />
    </InLanguage>,
);
