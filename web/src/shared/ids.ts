/* ids: 128 random bits in base64url, 22 characters; made when a button is pressed. */

export function base64url(bytes: Uint8Array): string {
    return btoa(String.fromCharCode(...bytes))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replaceAll('=', '');
}

export function newId(): string {
    return base64url(crypto.getRandomValues(new Uint8Array(16)));
}

/* SHA-256 of a text as 64 hexadecimal digits. */
export async function sha256(text: string): Promise<string> {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
