using System.Buffers;
using System.Text;

namespace Aldis.Protocols.Messages;

/// <summary>
/// What the server of the plain form answers, each answer one piece of bytes so that it goes out in one write: lab clients read a
/// header and a payload with one receive each (docs/protocols/messages.md section 2.2).
/// </summary>
internal static class PlainResponse
{
    private static readonly byte[] Confirmation = Frame(ReceivedText);

    /// <summary>The payload that confirms a message: 33 bytes.</summary>
    public static ReadOnlySpan<byte> ReceivedText => "Message received successfully...."u8;

    /// <summary>What a refusal's payload begins with.</summary>
    public static ReadOnlySpan<byte> RefusedPrefix => "Message refused: "u8;

    /// <summary>The control text that ends a conversation; it is answered like a message and never stored.</summary>
    public static ReadOnlySpan<byte> Disconnect => "Disconnect !"u8;

    /// <summary>Whether a payload is <see cref="Disconnect"/>.</summary>
    /// <param name="payload">The payload of a message.</param>
    /// <returns>True for exactly that text.</returns>
    public static bool IsDisconnect(in ReadOnlySequence<byte> payload)
    {
        if (payload.Length != Disconnect.Length)
        {
            return false;
        }

        Span<byte> text = stackalloc byte[Disconnect.Length];
        payload.CopyTo(text);
        return text.SequenceEqual(Disconnect);
    }

    /// <summary>The confirmation as it goes onto the wire, header and payload: 97 bytes.</summary>
    public static ReadOnlyMemory<byte> Received => Confirmation;

    /// <summary>Makes a refusal as it goes onto the wire, header and payload.</summary>
    /// <param name="reason">A short clause, for example of <see cref="PlainHeader.Describe"/>.</param>
    /// <returns>The bytes of <c>Message refused: reason</c> behind their header.</returns>
    public static ReadOnlyMemory<byte> Refused(string reason) =>
        Frame([.. RefusedPrefix, .. Encoding.UTF8.GetBytes(reason)]);

    private static byte[] Frame(ReadOnlySpan<byte> text)
    {
        byte[] bytes = new byte[PlainHeader.Size + text.Length];
        PlainHeader.Write(text.Length, bytes);
        text.CopyTo(bytes.AsSpan(PlainHeader.Size));
        return bytes;
    }
}
