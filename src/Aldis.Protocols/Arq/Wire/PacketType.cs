namespace Aldis.Protocols.Arq.Wire;

/// <summary>The low nibble of a packet's first byte (docs/arq.md, "Common header").</summary>
internal enum PacketType : byte
{
    None = 0,
    Data = 1,
    Ack = 2,
    Reset = 3,
    Probe = 4,
    Syn = 8,
    SynAck = 9,
    Confirm = 10,
}
