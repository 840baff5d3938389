/*
 * 15 digits always suffice to write a decimal fraction of so many, 17 to tell any two numbers
 * apart.
 */
#include "base/number_text.h"

#include <stdio.h>
#include <stdlib.h>

const char *number_text(double value, char text[NUMBER_TEXT_SIZE])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, NUMBER_TEXT_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return text;
}
