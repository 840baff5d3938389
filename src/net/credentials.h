/*
 * What is found about a client's credentials.
 */
#pragma once

enum credentials {
    CREDENTIALS_WRONG,
    CREDENTIALS_RIGHT,
    CREDENTIALS_BUSY, /* nobody can look at them now: the client may try again */
    CREDENTIALS_LATER /* they are being looked at, one of the others follows */
};
