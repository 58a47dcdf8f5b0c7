using Aldis.Protocols.Measurement;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Load;

/// <summary>The conversations that a load may speak.</summary>
internal static class LoadForms
{
    private const byte Filler = (byte)'x';

    /// <summary>Whatever is sent comes back (docs/protocols/echo.md).</summary>
    /// <param name="bytes">Bytes of a request, at least 1.</param>
    public static LoadForm Echo(int bytes) => new EchoForm(bytes);

    /// <summary>Each datagram comes back; it carries a number, so that a late one is not taken for another.</summary>
    /// <param name="bytes">Bytes of a datagram, at least <see cref="ProbePayload.MinSize"/>.</param>
    public static LoadForm DatagramEcho(int bytes) => new DatagramEchoForm(bytes);

    /// <summary>Text in, <c>ACK received</c> out (docs/protocols/ack.md).</summary>
    /// <param name="bytes">Bytes of a text, at least 1.</param>
    public static LoadForm Ack(int bytes) => new FixedForm("ack", 1, Text(bytes), "ACK received"u8.ToArray());

    /// <summary>The plain form of messages (docs/protocols/messages.md section 2).</summary>
    /// <param name="bytes">Bytes of a message.</param>
    public static LoadForm PlainMessages(int bytes)
    {
        byte[] request = new byte[PlainHeader.Size + bytes];
        PlainHeader.Write(bytes, request);
        request.AsSpan(PlainHeader.Size).Fill(Filler);
        return new FixedForm("messages", int.MaxValue, request, PlainResponse.Received, PlainResponse.RefusedPrefix.ToArray());
    }

    /// <summary>The native form of messages (docs/protocols/messages.md section 3): each is stored exactly once.</summary>
    /// <param name="bytes">Bytes of a message.</param>
    /// <param name="client">What the ids of its connections begin with; <c>-1</c>, <c>-2</c> and so on follow.</param>
    /// <param name="token">The token they show; empty for none.</param>
    public static LoadForm NativeMessages(int bytes, string client, string token = "") => new NativeMessagesForm(bytes, client, token);

    /// <summary>The same behind a token (docs/tokens.md), of a conversation that has no native form.</summary>
    /// <param name="form">What is said.</param>
    /// <param name="client">What the ids of its connections begin with; <c>-1</c>, <c>-2</c> and so on follow.</param>
    /// <param name="token">The token they show.</param>
    public static LoadForm WithToken(LoadForm form, string client, string token) => new TokenForm(form, client, token);

    private static byte[] Text(int bytes)
    {
        byte[] text = new byte[bytes];
        text.AsSpan().Fill(Filler);
        return text;
    }

    private sealed class EchoForm : LoadForm
    {
        private readonly byte[] _request;

        public EchoForm(int bytes)
        {
            // A pattern, so that bytes that are missing or swapped show.
            _request = new byte[Math.Max(bytes, ProbePayload.MinSize)];
            ProbePayload.Write(_request, 1, 1);
            _request = _request[^bytes..];
        }

        public override string Name => "echo";

        public override int MostUnderWay => int.MaxValue;

        public override int RequestLength => _request.Length;

        public override ReadOnlyMemory<byte> CommonRequest => _request;

        public override ILoadReader CreateReader() => new RepeatedReader(_request);
    }

    private sealed class FixedForm(
        string name, int mostUnderWay, byte[] request, ReadOnlyMemory<byte> answer, ReadOnlyMemory<byte> refusal = default) : LoadForm
    {
        public override string Name => name;

        public override int MostUnderWay => mostUnderWay;

        public override int RequestLength => request.Length;

        public override ReadOnlyMemory<byte> CommonRequest => request;

        public override ILoadReader CreateReader() => new RepeatedReader(answer, refusal);
    }
}
