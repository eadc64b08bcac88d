//! CRC-32C, which finds what storage does to bytes.

/// What a byte adds, for each of the eight places that it can have before the end of a piece of eight.
const TABLES: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0x82F6_3B78 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut place = 1;
    while place < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before: u32 = tables[place - 1][byte];
            tables[place][byte] = before >> 8 ^ tables[0][(before & 0xFF) as usize];
            byte += 1;
        }
        place += 1;
    }
    tables
};

/// The CRC-32C (Castagnoli) of some bytes, eight at a time: whoever takes one by one waits for each before the
/// next.
pub(crate) fn crc32c(mut bytes: &[u8]) -> u32 {
    let at = |place: usize, byte: u8| TABLES[place][usize::from(byte)];
    let mut crc = !0;
    while let Some(([a, b, c, d, e, f, g, h], rest)) = bytes.split_first_chunk() {
        let [a, b, c, d] = (crc ^ u32::from_le_bytes([*a, *b, *c, *d])).to_le_bytes();
        let first = at(7, a) ^ at(6, b) ^ at(5, c) ^ at(4, d);
        crc = first ^ at(3, *e) ^ at(2, *f) ^ at(1, *g) ^ at(0, *h);
        bytes = rest;
    }
    !bytes.iter().fold(crc, |crc, byte| crc >> 8 ^ at(0, crc as u8 ^ byte))
}

#[cfg(test)]
mod tests {
    use super::crc32c;
    use alloc::vec::Vec;

    /// The check value of RFC 3720, and its examples of 32 bytes.
    #[test]
    fn it_is_castagnolis() {
        assert_eq!(crc32c(b""), 0);
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA);
        assert_eq!(crc32c(&[0xFF; 32]), 0x62A8_AB43);
        let rising: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c(&rising), 0x46DD_794E);
        let falling: Vec<u8> = (0..32).rev().collect();
        assert_eq!(crc32c(&falling), 0x113F_DB5C);
    }

    #[test]
    fn it_is_the_same_bit_by_bit() {
        let bit = |crc: u32, _| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0x82F6_3B78 };
        let slow = |bytes: &[u8]| {
            !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
        };
        let bytes: Vec<u8> =
            (0..300_u32).map(|at| (at.wrapping_mul(0x9E37_79B1) >> 24) as u8).collect();
        for start in 0..9 {
            for len in (0..40).chain([255, 256, 257, 290]) {
                let piece = &bytes[start..start + len];
                assert_eq!(crc32c(piece), slow(piece), "{len} bytes from {start}");
            }
        }
    }
}
