// `make run`: the demo clinic on this machine. Starts the relay, the payment
// sandbox, the mailbox and vestibule; makes the clinic when the data is new; books
// visits; prints who opens what; and on Ctrl-C ends everything it started.
//
//   PORT (8443), HOST (an address that phones reach), DATA (data), BUILD (build)
import { makeClinic } from './clinic.mjs';
import * as house from './house.mjs';
import { configOf, makeSettings, writeConfig } from './settings.mjs';

house.run(async () => {
    const settings = await makeSettings(house.root, process.env);
    writeConfig(settings.config, house.root, configOf(settings));
    house.openProcesses(settings);
    await house.startRelay('relay', { control: settings.relay, port: settings.port + 4 });
    await house.startSurroundings(settings);
    await makeClinic(house.program, settings);
    await house.startVestibule('vestibule', settings.config);
    await house.announce(settings, [settings.data]);
});
