#!/bin/sh
# Prints a header as doxygen shall read it:
#
#     doxygen_filter.sh HEADER
#
# The labels of the comments become paragraphs with a heading, and so does what is under `# Safety`;
# the comment at the top becomes that of the file.
set -eu

sed -e "1s|^/\*\$|/** @file|" \
    -e 's|^/// # Safety$|/// @par Safety|' \
    -e 's#^///\( *\)\(Ownership\|Lifetime\|Threads\|Errors\|Cost\): #/// @par \2\n/// #' \
    -e 's|^ \* \([A-Z][a-z]*\)   *\(.*\)$| * - **\1:** \2|' \
    "$1"
