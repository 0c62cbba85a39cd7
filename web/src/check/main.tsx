/* The page /check: camera, microphone and loudspeaker, any day before. */
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

const devices = new Devices();

function CheckPage() {
    const { words } = useWords();
    const state = useStore(devices.state);
    const [soundOnly, setSoundOnly] = useState(false);
    const [verdict, setVerdict] = useState<'good' | 'part' | undefined>();
    const finish = (heard: boolean | undefined): void => {
        const all = state.camera === 'works' && state.microphone === 'works' && heard !== false;
        setVerdict(all && !soundOnly ? 'good' : 'part');
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
