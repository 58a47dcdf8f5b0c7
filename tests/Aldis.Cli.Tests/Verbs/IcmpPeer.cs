using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Ping;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>
/// Sends what a test makes up beside the answers of this system to the echo requests for one of its addresses. Its packets have the checksum of
/// their bytes: what is wrong is wrong by intent.
/// </summary>
internal sealed class IcmpPeer : IDisposable
{
    private const int SourceAt = 12;
    private const int DestinationAt = 16;
    private const int AddressBytes = 4;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp);
    private readonly IPAddress _address;

    /// <param name="address">Whose requests are answered.</param>
    /// <param name="answers">The replies, made of the right one; each gets the checksum of its bytes.</param>
    public IcmpPeer(string address, Func<byte[], byte[][]> answers)
    {
        _address = IPAddress.Parse(address);
        _socket.Bind(new IPEndPoint(_address, 0));
        _ = ServeAsync(answers);
    }

    public void Dispose() => _socket.Dispose();

    private async Task ServeAsync(Func<byte[], byte[][]> answers)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                int length = await _socket.ReceiveAsync(buffer);
                byte[] packet = buffer[..length];
                if (!packet.AsSpan(DestinationAt, AddressBytes).SequenceEqual(_address.GetAddressBytes())
                    || !IPv4Packet.TryRead(packet, out ReadOnlySpan<byte> message, out _)
                    || message[0] != IcmpEcho.RequestType(isIPv6: false))
                {
                    continue;
                }

                byte[] right = message.ToArray();
                right[0] = IcmpEcho.ReplyType(isIPv6: false);
                foreach (byte[] answer in answers(right))
                {
                    _socket.SendTo(WithChecksum(answer), new IPEndPoint(new IPAddress(packet.AsSpan(SourceAt, AddressBytes)), 0));
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static byte[] WithChecksum(byte[] answer)
    {
        if (answer.Length >= sizeof(uint))
        {
            (answer[2], answer[3]) = (0, 0);
            ushort sum = InternetChecksum.Compute(answer);
            (answer[2], answer[3]) = ((byte)(sum >> 8), (byte)sum);
        }

        return answer;
    }
}
