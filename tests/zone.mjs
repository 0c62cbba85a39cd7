/*
 * zone: where the tests' clinics lie. A day of work must not end while a test walks
 * through it, so they lie where it is ten in the morning as the test starts.
 */
const MORNING = 10;

/* A name of the time zone database; its sign counts westwards, as POSIX does. */
function morningZone(now) {
    const east = ((MORNING - now.getUTCHours() + 36) % 24) - 12; // -12 to 11 hours
    return `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;
}

export const ZONE = morningZone(new Date());
