/* Place: where the patient is, a number to call, and the adult beside a minor. */
import { useState } from 'preact/hooks';
import { Button } from '../../shared/ui/Button';
import { ErrorSummary, type FieldError } from '../../shared/ui/ErrorSummary';
import { TextField } from '../../shared/ui/Field';
import { Form } from '../../shared/ui/Form';
import { Heading } from '../../shared/ui/Heading';
import type { ScreenProps } from '../model';
import { useWords } from '../words';

const PHONE = /^\+?[0-9][0-9 .()-]{7,20}$/;

export function Place({ view, actions }: ScreenProps) {
    const { words } = useWords();
    const [place, setPlace] = useState('');
    const [phone, setPhone] = useState('');
    const [adult, setAdult] = useState('');
    const [errors, setErrors] = useState<FieldError[]>([]);

    const submit = async (): Promise<void> => {
        const found: FieldError[] = [];
        if (place.trim() === '') found.push({ field: 'place', text: words.place.placeMissing });
        if (phone.trim() !== '' && !PHONE.test(phone.trim())) {
            found.push({ field: 'phone', text: words.place.phoneWrong });
        }
        if (view.minor && adult.trim() === '') {
            found.push({ field: 'adult', text: words.place.adultMissing });
        }
        setErrors(found);
        if (found.length === 0) await actions.situate(place.trim(), phone.trim(), adult.trim());
    };
    const errorOf = (field: string) => errors.find((error) => error.field === field)?.text;

    return (
        <Form onSubmit={submit}>
            <ErrorSummary title={words.page.errors} errors={errors} />
            <Heading screen="place">{words.place.title}</Heading>
            <p>{words.place.text}</p>
            <TextField
                id="place"
                label={words.place.place}
                hint={words.place.placeHint}
                error={errorOf('place')}
                value={place}
                autocomplete="street-address"
                maxLength={180}
                onChange={setPlace}
            />
            <TextField
                id="phone"
                label={words.place.phone}
                hint={words.place.phoneHint}
                error={errorOf('phone')}
                value={phone}
                type="tel"
                autocomplete="tel"
                maxLength={24}
                onChange={setPhone}
            />
            {view.minor && (
                <TextField
                    id="adult"
                    label={words.place.adult}
                    hint={words.place.adultHint}
                    error={errorOf('adult')}
                    value={adult}
                    autocomplete="off"
                    maxLength={60}
                    onChange={setAdult}
                />
            )}
            <Button wide submit>
                {words.place.submit}
            </Button>
        </Form>
    );
}
