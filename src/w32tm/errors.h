/* Windows' error codes and system messages: what w32tm prints when something
 * fails, and how the errors of this system become one of them. */
#ifndef W32TIMED_W32TM_ERRORS_H
#define W32TIMED_W32TM_ERRORS_H

#include <stdint.h>

/* A Win32 error code as an HRESULT. */
#define RESULT_FROM_WIN32(code) (UINT32_C(0x80070000) | (uint32_t)(code))

#define RESULT_FILE_NOT_FOUND         RESULT_FROM_WIN32(2)
#define RESULT_ACCESS_DENIED          RESULT_FROM_WIN32(5)
#define RESULT_NOT_ENOUGH_MEMORY      RESULT_FROM_WIN32(8)
#define RESULT_INVALID_DATA           RESULT_FROM_WIN32(13)
#define RESULT_GENERAL_FAILURE        RESULT_FROM_WIN32(31)
#define RESULT_NOT_SUPPORTED          RESULT_FROM_WIN32(50)
#define RESULT_INVALID_PARAMETER      RESULT_FROM_WIN32(87)
#define RESULT_SERVICE_DOES_NOT_EXIST RESULT_FROM_WIN32(1060)
#define RESULT_SERVICE_NOT_ACTIVE     RESULT_FROM_WIN32(1062)
#define RESULT_SERVICE_SPECIFIC       RESULT_FROM_WIN32(1066)
#define RESULT_NO_SUCH_DOMAIN         RESULT_FROM_WIN32(1355)
#define RESULT_TIMEOUT                RESULT_FROM_WIN32(1460)
#define RESULT_RPC_SERVER_UNAVAILABLE RESULT_FROM_WIN32(1722)
#define RESULT_HOST_NOT_FOUND         RESULT_FROM_WIN32(11001)

/* What an errno value (positive; 0: success) says in Windows' terms. */
uint32_t error_result(int code);

/* The system message, with its full stop; never NULL. */
const char *error_message(uint32_t result);

#endif
