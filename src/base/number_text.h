/*
 * A number as text, with as few digits as it takes to read the same number: "0.1".
 */
#pragma once

enum { NUMBER_TEXT_SIZE = 32 };

/* Returns the text; infinities and NaN are as printf has them. */
const char *number_text(double value, char text[NUMBER_TEXT_SIZE]);
