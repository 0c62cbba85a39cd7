/* The fixtures that pages and C tests may build on fit the schemas. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkServerFrame, checkView } from './house.mjs';

const folder = fileURLToPath(new URL('fixtures/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

test('there are fixtures', () => assert.ok(names.length > 15));

for (const name of names)
    test(`fixture ${name}`, () => {
        const fixture = JSON.parse(readFileSync(folder + name, 'utf8'));
        if (fixture.me) checkServerFrame({ me: fixture.me });
        for (const role of ['patient', 'doctor', 'secretary']) {
            if (!fixture[role]) continue;
            checkServerFrame(fixture[role]);
            if (fixture[role].view) checkView(fixture[role].view, role);
        }
        if (fixture.state && !fixture.state.includes('_and_')) assert.equal(fixture.patient.view.step, fixture.state);
    });
