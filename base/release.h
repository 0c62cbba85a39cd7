/* release: which one this is, as it tells others. */
#ifndef BASE_RELEASE_H
#define BASE_RELEASE_H

#define VESTIBULE_RELEASE "0.1.0"

#endif
