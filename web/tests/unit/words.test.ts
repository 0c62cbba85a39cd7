import { describe, expect, it } from 'vitest';
import { makeFormat } from '../../src/shared/format';
import { en } from '../../src/words/en';
import { fr } from '../../src/words/fr';

type Tree = { [name: string]: unknown };

/* Every sentence of a catalogue by its path; functions are called to see theirs. */
function sentences(tree: Tree, path = ''): Map<string, string> {
    const found = new Map<string, string>();
    for (const [name, value] of Object.entries(tree)) {
        const at = path ? `${path}.${name}` : name;
        if (typeof value === 'string') found.set(at, value);
        else if (typeof value === 'function') {
            const say = value as (...words: unknown[]) => string;
            found.set(at, say(...Array.from({ length: say.length }, () => 3)));
        } else {
            for (const [below, text] of sentences(value as Tree, at)) found.set(below, text);
        }
    }
    return found;
}

const french = sentences(fr);
const english = sentences(en);

describe('the catalogues', () => {
    it('have the same sentences', () => {
        expect([...english.keys()].sort()).toEqual([...french.keys()].sort());
    });

    it('leave none empty', () => {
        for (const catalogue of [french, english]) {
            for (const [path, text] of catalogue) expect(text.trim(), path).not.toBe('');
        }
    });

    it('are translated: hardly any sentence is the same in both', () => {
        const same = [...french].filter(([path, text]) => english.get(path) === text);
        expect(same.map(([path]) => path)).toEqual(
            ['date.hint', 'join.code', 'waiting.messages', 'call.chat'].filter(
                (path) => french.get(path) === english.get(path),
            ),
        );
    });

    it('never say what only we say', () => {
        for (const [path, text] of [...french, ...english]) {
            expect(text, path).not.toMatch(
                /\b(sessions?|tokens?|flux|stream|websocket|serveur|server)\b/i,
            );
        }
    });

    it('quote what the clinic promised, word for word', () => {
        const plain = (text: string) => text.replaceAll('\u00a0', ' ');
        expect(plain(fr.help.emergency)).toBe('Urgence : 15 ou 112 (114 par SMS)');
        expect(fr.help.callMe).toBe('Rappelez-moi');
        expect(fr.consent.text).toBe(
            "J'accepte cette consultation par vidéo. Je peux l'arrêter à tout moment et demander un rendez-vous sur place. Le service n'enregistre ni l'image ni le son.",
        );
        expect(fr.consent.refuse).toBe('Je préfère un autre rendez-vous');
        expect(plain(fr.door.feeMax(makeFormat('fr').money(3000, 'EUR')))).toBe(
            'Maximum 30 €. Rien à payer avant la consultation',
        );
        expect(fr.door.feeNone).toBe("Vous n'avez rien à payer");
        expect(fr.waiting.title).toContain('Votre médecin sait que vous êtes là');
        expect(fr.leave.button).toBe('Terminer sur cet appareil');
    });

    it('give the consent text another version in each language', () => {
        expect(fr.consent.version).not.toBe(en.consent.version);
        for (const words of [fr, en]) expect(words.consent.version.length).toBeLessThan(16);
    });
});

describe('formats', () => {
    const start = Date.parse('2026-11-26T13:20:00Z');
    const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

    it("tell the clinic's time, wherever the patient is", () => {
        expect(plain(makeFormat('fr', 'Europe/Paris').time(start))).toBe('14 h 20');
        expect(makeFormat('en', 'Europe/Paris').time(start)).toBe('14:20');
        expect(plain(makeFormat('fr', 'Indian/Reunion').time(start))).toBe('17 h 20');
    });

    it("name today and tomorrow by the clinic's day", () => {
        const format = makeFormat('fr', 'Europe/Paris');
        expect(plain(format.dayAndTime(start, start - 3_600_000))).toBe("Aujourd'hui, 14 h 20");
        expect(plain(format.dayAndTime(start, start - 86_400_000))).toBe('Demain, 14 h 20');
        expect(plain(format.dayAndTime(start, start - 5 * 86_400_000))).toBe(
            'Jeudi 26 novembre, 14 h 20',
        );
        const midnight = Date.parse('2026-11-25T23:30:00Z');
        expect(format.isoDay(midnight)).toBe('2026-11-26');
    });

    it('write money as people do', () => {
        expect(plain(makeFormat('fr').money(3000, 'EUR'))).toBe('30 €');
        expect(plain(makeFormat('fr').money(2250, 'EUR'))).toBe('22,50 €');
        expect(makeFormat('en').money(2250, 'EUR')).toBe('€22.50');
        expect(makeFormat('en').money(500, 'JPY')).toBe('JP¥500');
    });

    it('write French numbers in pairs and leave others alone', () => {
        const phone = (number: string) => makeFormat('fr').phone(number);
        expect(plain(phone('0536491200'))).toBe('05 36 49 12 00');
        expect(plain(phone('+33536491200'))).toBe('05 36 49 12 00');
        expect(phone('+44 20 7946 0000')).toBe('+44 20 7946 0000');
    });
});
