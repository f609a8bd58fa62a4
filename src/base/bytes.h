/* Numbers in bytes of a given order: big-endian ("be", the network's) and
 * little-endian ("le", Windows').  DATA need not be aligned. */
#ifndef W32TIMED_BASE_BYTES_H
#define W32TIMED_BASE_BYTES_H

#include <stdint.h>

static inline uint16_t bytes_get_be16(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

static inline uint32_t bytes_get_be32(const uint8_t *data)
{
	return (uint32_t)bytes_get_be16(data) << 16 | bytes_get_be16(data + 2);
}

static inline uint64_t bytes_get_be64(const uint8_t *data)
{
	return (uint64_t)bytes_get_be32(data) << 32 | bytes_get_be32(data + 4);
}

static inline void bytes_put_be32(uint8_t *data, uint32_t value)
{
	data[0] = (uint8_t)(value >> 24);
	data[1] = (uint8_t)(value >> 16);
	data[2] = (uint8_t)(value >> 8);
	data[3] = (uint8_t)value;
}

static inline void bytes_put_be64(uint8_t *data, uint64_t value)
{
	bytes_put_be32(data, (uint32_t)(value >> 32));
	bytes_put_be32(data + 4, (uint32_t)value);
}

static inline uint16_t bytes_get_le16(const uint8_t *data)
{
	return (uint16_t)(data[1] << 8 | data[0]);
}

static inline uint32_t bytes_get_le32(const uint8_t *data)
{
	return (uint32_t)bytes_get_le16(data + 2) << 16 | bytes_get_le16(data);
}

static inline void bytes_put_le16(uint8_t *data, uint16_t value)
{
	data[0] = (uint8_t)value;
	data[1] = (uint8_t)(value >> 8);
}

static inline void bytes_put_le32(uint8_t *data, uint32_t value)
{
	bytes_put_le16(data, (uint16_t)value);
	bytes_put_le16(data + 2, (uint16_t)(value >> 16));
}

#endif
