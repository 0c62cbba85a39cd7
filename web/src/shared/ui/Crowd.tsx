/*
 * Crowd: several people in one picture. All are of one size until one of them, or
 * a shared screen, is shown large with the others beside it.
 */
import './crowd.css';
import type { Person } from '../people';
import { Picture } from './Picture';

export interface CrowdWords {
    kind: (person: Person) => string; /* "interprète", "" for doctor and patient */
    screen: (person: Person) => string;
    noCamera: string;
    lost: string;
    dark: string; /* their line carries sound only */
    large: (name: string) => string;
    small: (name: string) => string;
}

export interface CrowdProps {
    people: Person[];
    streams: MediaStream[];
    screen: MediaStream | undefined;
    sharer: Person | undefined;
    large: string; /* key of who is shown large */
    words: CrowdWords;
    onLarge: (key: string) => void; /* '' for nobody */
    onBlocked?: (play: () => Promise<void>) => void;
    onPlaying?: (person: Person) => void;
}

export function Crowd(props: CrowdProps) {
    const { people, words, sharer } = props;
    const large = sharer ? '' : props.large;
    const beside = sharer ? people.length : people.length - 1;
    const wide = Boolean(sharer) || large !== '';
    const names = ['crowd', `crowd--${people.length}`];
    if (wide) names.push('crowd--wide', `crowd--beside-${beside}`);
    return (
        <div class={names.join(' ')}>
            {sharer && (
                <div class="crowd__large">
                    <Picture stream={props.screen} label={words.screen(sharer)} silent whole />
                    <span class="crowd__name">{words.screen(sharer)}</span>
                </div>
            )}
            {people.map((person) => (
                <Tile key={person.key} {...props} person={person} isLarge={large === person.key} />
            ))}
        </div>
    );
}

function noteOf(person: Person, words: CrowdWords): string {
    if (person.now?.camera === false) return words.noCamera;
    return person.dark ? words.dark : '';
}

function Tile(props: CrowdProps & { person: Person; isLarge: boolean }) {
    const { person, isLarge, words } = props;
    const kind = words.kind(person);
    const name = kind ? `${person.name} · ${kind}` : person.name;
    const away = person.now?.connected === false;
    const note = away ? words.lost : noteOf(person, words);
    return (
        <div class={isLarge ? 'crowd__large' : 'crowd__tile'} data-person={person.key}>
            <Picture
                stream={props.streams[person.slot - 1]}
                label={name}
                whole={isLarge}
                onBlocked={props.onBlocked}
                onPlaying={() => props.onPlaying?.(person)}
            />
            {note && <p class="crowd__note">{note}</p>}
            <button
                type="button"
                class="crowd__name"
                aria-pressed={isLarge}
                aria-label={isLarge ? words.small(name) : words.large(name)}
                onClick={() => props.onLarge(isLarge ? '' : person.key)}
            >
                <span>{name}</span>
                <svg class="crowd__icon" viewBox="0 0 16 16" aria-hidden="true">
                    <path
                        d={
                            isLarge
                                ? 'M6 2v4H2M10 2v4h4M6 14v-4H2M10 14v-4h4'
                                : 'M2 6V2h4M14 6V2h-4M2 10v4h4M14 10v4h-4'
                        }
                    />
                </svg>
            </button>
        </div>
    );
}
