/* store: holds one value, tells who listens; and the hook that reads it. */
import { useEffect, useState } from 'preact/hooks';

export interface Readable<T> {
    get(): T;
    listen(listener: (value: T) => void): () => void;
}

export class Store<T> implements Readable<T> {
    private listeners = new Set<(value: T) => void>();

    constructor(private value: T) {}

    get(): T {
        return this.value;
    }

    set(value: T): void {
        if (value === this.value) return;
        this.value = value;
        for (const listener of [...this.listeners]) listener(value);
    }

    update(change: (value: T) => T): void {
        this.set(change(this.value));
    }

    /* Some members of an object; nobody is told when they were so already. */
    patch(change: Partial<T>): void {
        const keys = Object.keys(change) as (keyof T)[];
        if (keys.every((key) => this.value[key] === change[key])) return;
        this.set({ ...this.value, ...change });
    }

    listen(listener: (value: T) => void): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }
}

export function useStore<T>(store: Readable<T>): T {
    const [value, setValue] = useState<T>(() => store.get());
    useEffect(() => {
        setValue(() => store.get());
        return store.listen((next) => setValue(() => next));
    }, [store]);
    return value;
}

/* Renders again every `everyMs`, for sentences about time. */
export function useClock(everyMs: number): number {
    const [now, setNow] = useState(() => Date.now());
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), everyMs);
        return () => clearInterval(timer);
    }, [everyMs]);
    return now;
}
