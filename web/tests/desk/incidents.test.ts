import { describe, expect, it } from 'vitest';
import { incidentLine, incidentText, lasted } from '../../src/desk/incidents';
import { makeSay } from '../../src/desk/say';
import { makeFormat } from '../../src/shared/format';
import type { Incident } from '../../src/shared/protocol';
import { deskEn } from '../../src/words/desk.en';
import { deskFr } from '../../src/words/desk.fr';

const format = makeFormat('fr', 'Europe/Paris');
const say = makeSay(deskFr);
const start_ms = Date.parse('2026-11-22T10:42:07Z');
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ');

function line(incident: Partial<Incident> & Pick<Incident, 'kind' | 'side'>): string {
    return plain(incidentLine({ start_ms, times: 1, ...incident }, format, say));
}

describe('an incident in words', () => {
    it('says when, what, on whose side and how long', () => {
        expect(line({ kind: 'sound_gap', side: 'patient', end_ms: start_ms + 12_400 })).toBe(
            '11:42:07 : coupure du son, côté patient, pendant 12 s',
        );
        expect(line({ kind: 'doctor_line_lost', side: 'doctor', end_ms: start_ms + 185_000 })).toBe(
            '11:42:07 : ligne coupée, côté médecin, pendant 3 min 05 s',
        );
    });

    it('says what went on until the end, and what came several times', () => {
        expect(line({ kind: 'sound_only', side: 'patient' })).toBe(
            "11:42:07 : son seul, sans image, côté patient, jusqu'à la fin",
        );
        const end_ms = start_ms + 60_000;
        expect(line({ kind: 'picture_frozen', side: 'doctor', end_ms, times: 4 })).toBe(
            'De 11:42:07 à 11:43:07 : image figée, côté médecin, 4 fois',
        );
        expect(line({ kind: 'reconnected', side: 'patient', end_ms: start_ms })).toBe(
            '11:42:07 : nouvelle connexion, côté patient',
        );
        expect(line({ kind: 'relay_restarted', side: 'service', end_ms })).toMatch(
            /panne de notre service, pendant 1 min 00 s$/,
        );
    });

    it('has words for every kind and side, in both languages', () => {
        const kinds = [
            'sound_gap',
            'picture_frozen',
            'sound_only',
            'reconnected',
            'relay_unreachable',
        ] as const;
        for (const words of [deskFr, deskEn]) {
            const sayIt = makeSay(words);
            for (const kind of kinds) {
                for (const side of ['patient', 'doctor', 'guest'] as const) {
                    const text = incidentLine({ kind, side, start_ms, times: 1 }, format, sayIt);
                    expect(text).not.toMatch(/undefined|incident\.|\{/);
                }
            }
        }
    });

    it('makes a text for the file, with what the list has no room for', () => {
        const gap: Incident = {
            kind: 'sound_gap',
            side: 'patient',
            start_ms,
            end_ms: start_ms + 2_000,
            times: 1,
        };
        expect(plain(incidentText([gap], 3, format, say)).split('\n')).toEqual([
            'Incidents techniques',
            '- 11:42:07 : coupure du son, côté patient, pendant 2 s',
            '- 3 de plus dans le journal de la visite',
        ]);
    });

    it('rounds to seconds, never to none', () => {
        expect(lasted(100)).toBe('1 s');
        expect(lasted(59_400)).toBe('59 s');
        expect(lasted(59_600)).toBe('1 min 00 s');
    });
});
