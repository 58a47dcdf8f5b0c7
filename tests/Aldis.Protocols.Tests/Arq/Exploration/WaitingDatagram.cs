using System.Buffers.Binary;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>A datagram on its way, with what it says read once. It never changes.</summary>
internal sealed class WaitingDatagram
{
    private const int AckDelay = 20;

    public WaitingDatagram(ReadOnlySpan<byte> datagram)
    {
        Bytes = datagram.ToArray();
        if (!WirePacket.TryTake(ref datagram, out WirePacket packet))
        {
            throw new PropertyViolationException(Property.BatchesAreWellFormed, $"{Bytes.Length} bytes are not packets");
        }

        Behind = datagram.IsEmpty ? null : new WaitingDatagram(datagram);
        Type = packet.Type;
        Flags = packet.Flags;
        switch (Type)
        {
            case WireType.Data:
                PacketNumber = packet.PacketNumber;
                Offset = packet.Offset;
                Length = packet.Payload.Length;
                IsFin = packet.IsFin;
                break;
            case WireType.Ack:
                Serial = packet.SerialNumber;
                Delay = BinaryPrimitives.ReadUInt32LittleEndian(packet.Bytes[AckDelay..]);
                Offset = packet.Cumulative;
                Limit = packet.Limit;
                PacketNumber = packet.LargestPacketNumber;
                ShowsGap = packet.ReportsGap;
                foreach ((long first, long last) in packet.Ranges())
                {
                    Numbers |= BitsBelow(last + 1) & ~BitsBelow(Math.Max(0, first));
                }

                break;
            case WireType.Probe:
                PacketNumber = packet.PacketNumber;
                break;
            default:
                break;
        }
    }

    /// <summary>This packet and those behind it.</summary>
    public byte[] Bytes { get; }

    /// <summary>What follows in the same datagram.</summary>
    public WaitingDatagram? Behind { get; }

    /// <summary>This packet without those behind it.</summary>
    public ReadOnlySpan<byte> OwnBytes => Bytes.AsSpan(0, Bytes.Length - (Behind?.Bytes.Length ?? 0));

    public WireType Type { get; }

    public byte Flags { get; }

    /// <summary>Whether it is SYN or SYNACK: no news once the client has a cookie, for nothing but another SYNACK comes of it.</summary>
    public bool IsRequestOrCookie => Type is WireType.Syn or WireType.SynAck;

    /// <summary>Of DATA and PROBE its number, of an ACK the number it names.</summary>
    public long PacketNumber { get; } = -1;

    /// <summary>Of DATA its place in the stream, of an ACK the next place expected.</summary>
    public long Offset { get; }

    public int Length { get; }

    public bool IsFin { get; }

    public long Serial { get; }

    public long Delay { get; }

    public long Limit { get; }

    public bool ShowsGap { get; }

    /// <summary>The packet numbers that an ACK names, a bit for each.</summary>
    public ulong Numbers { get; }

    /// <summary>One past the last place of the stream that DATA covers; FIN is one place.</summary>
    public long End => Offset + Length + (IsFin ? 1 : 0);

    /// <summary>A bit for each number below one.</summary>
    public static ulong BitsBelow(long number) => number >= 64 ? ulong.MaxValue : (1UL << (int)number) - 1;

    public override string ToString() => Behind is null ? Describe() : $"{Describe()} + {Behind}";

    private string Describe() => Type switch
    {
        WireType.Data => $"DATA {PacketNumber} [{Offset}, {Offset + Length}){(IsFin ? " FIN" : "")}",
        WireType.Ack =>
            $"ACK {Serial} next {Offset} of {string.Join(" ", Enumerable.Range(0, 64).Where(number => (Numbers >> number & 1) != 0))}",
        WireType.Probe => $"PROBE {PacketNumber}",
        _ => Type.ToString().ToUpperInvariant(),
    };
}
