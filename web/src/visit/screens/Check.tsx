/* Check: the device test as a step of the way, and as « Refaire le test ». */
import type { ScreenProps } from '../model';
import { DeviceTest } from '../DeviceTest';
import { useWords } from '../words';

export function Check({ model, actions }: ScreenProps) {
    const { words } = useWords();
    const { testing } = model.ui;
    return (
        <DeviceTest
            title={words.check.title}
            devices={model.devices}
            soundOnly={model.ui.soundOnly}
            check={model.check}
            house={model.media.house}
            onCheck={actions.checkLine}
            doneText={words.check.done}
            onOpen={actions.openDevices}
            onSoundOnly={actions.setSoundOnly}
            onSwitchCamera={actions.switchCamera}
            onDone={actions.finishTest}
            onBack={testing ? () => actions.setTesting(false) : undefined}
        />
    );
}
