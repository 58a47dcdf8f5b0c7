using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;

namespace Aldis.Transports.Datagrams;

/// <summary>One datagram for each call, by means that every operating system has.</summary>
internal sealed class PortableDatagramChannel : DatagramChannel
{
    private readonly SocketAddress _from;
    private readonly SocketAddress _to;
    private readonly bool _isIPv6;

    /// <summary>Takes over a socket.</summary>
    /// <param name="socket">Bound or connected; not blocking.</param>
    /// <param name="mayFragment">Whether datagrams may travel in fragments.</param>
    /// <param name="isPlace">As <see cref="DatagramChannel"/> has it.</param>
    public PortableDatagramChannel(Socket socket, bool mayFragment, bool isPlace)
        : base(socket, isPlace)
    {
        _isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        if (!_isIPv6 && !mayFragment)
        {
            NeverFragment(socket);
        }

        _from = new SocketAddress(socket.AddressFamily);
        _to = new SocketAddress(socket.AddressFamily);
    }

    /// <inheritdoc/>
    public override string Lacks => "batches";

    /// <inheritdoc/>
    public override int Receive(ReceivedBatches batches, out bool isRefused)
    {
        isRefused = false;
        for (int count = 0; count < ReceivedBatches.Capacity; count++)
        {
            Span<byte> room = batches.Buffer.Bytes.AsSpan(count * ReceivedBatches.BatchBytes, ReceivedBatches.BatchBytes);
            try
            {
                // Asked first, because a receive that finds nothing costs an exception.
                if (Socket.Available == 0 && !Socket.Poll(0, SelectMode.SelectRead))
                {
                    return count;
                }

                int length = Socket.ReceiveFrom(room, SocketFlags.None, _from);
                batches.Set(count, length, length, Peer ?? (PathAddress.TryRead(_from.Buffer.Span, out PathKey path) ? path : default));
            }
            catch (SocketException exception)
            {
                isRefused = exception.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset;
                return count;
            }
            catch (ObjectDisposedException)
            {
                return count;
            }
        }

        return ReceivedBatches.Capacity;
    }

    /// <inheritdoc/>
    public override SendOutcome Send(PinnedBuffer buffer, in Transmit transmit)
    {
        if (Peer is null)
        {
            PathAddress.Write(transmit.Path, _isIPv6, _to.Buffer.Span);
        }

        int at = 0;
        do
        {
            SendOutcome outcome = Send(buffer.Bytes.AsSpan(at, Math.Min(transmit.SegmentSize, transmit.Length - at)));
            if (outcome == SendOutcome.Refused || (outcome == SendOutcome.Busy && at == 0))
            {
                return outcome;
            }

            at += transmit.SegmentSize;
        }
        while (at < transmit.Length);
        return SendOutcome.Done;
    }

    // A datagram that arrived in fragments would prove nothing about the path. For IPv6 there is no managed option.
    private static void NeverFragment(Socket socket)
    {
        try
        {
            socket.DontFragment = true;
        }
        catch (SocketException)
        {
            // A system without the option: larger datagrams may travel in fragments.
        }
    }

    private SendOutcome Send(ReadOnlySpan<byte> datagram)
    {
        try
        {
            _ = Peer is null ? Socket.SendTo(datagram, SocketFlags.None, _to) : Socket.Send(datagram, SocketFlags.None);
            return SendOutcome.Done;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode switch
            {
                SocketError.ConnectionRefused or SocketError.ConnectionReset => SendOutcome.Refused,
                SocketError.WouldBlock => SendOutcome.Busy,

                // A loss like any other: the protocol above repairs it.
                _ => SendOutcome.Done,
            };
        }
    }
}
