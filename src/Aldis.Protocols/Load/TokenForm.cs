using System.Globalization;
using System.Text;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Load;

/// <summary>
/// A load of a conversation without a native form at a server that asks for tokens (docs/tokens.md): before its first request a connection
/// says the preface, and the token once it is asked for it. A server that does not ask is never shown it.
/// </summary>
/// <param name="form">What is said behind it.</param>
/// <param name="client">What the ids of its connections begin with; <c>-1</c>, <c>-2</c> and so on follow.</param>
/// <param name="token">The token, 1 to 58 printable bytes.</param>
internal sealed class TokenForm(LoadForm form, string client, string token) : LoadForm
{
    private readonly byte[] _service = Encoding.ASCII.GetBytes(form.Name);
    private readonly byte[] _token = Token(token);

    /// <inheritdoc/>
    public override string Name => form.Name;

    /// <inheritdoc/>
    public override int MostUnderWay => form.MostUnderWay;

    /// <inheritdoc/>
    public override int RequestLength => form.RequestLength;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> CommonRequest => form.CommonRequest;

    /// <summary>The bytes that show a token.</summary>
    /// <param name="token">The token.</param>
    public static byte[] Token(string token)
    {
        byte[] unit = new byte[ControlUnit.Size];
        TokenUnit.Write(Encoding.ASCII.GetBytes(token), unit);
        return unit;
    }

    /// <summary>The preface of a connection.</summary>
    /// <param name="service">The conversation.</param>
    /// <param name="client">What the ids begin with.</param>
    /// <param name="lane">Which connection, from 0.</param>
    public static byte[] PrefaceOf(ReadOnlySpan<byte> service, string client, int lane)
    {
        byte[] preface = new byte[ControlUnit.Size];
        Preface.Write(service, string.Create(CultureInfo.InvariantCulture, $"{client}-{lane + 1}"), preface);
        return preface;
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Opening(int lane) => PrefaceOf(_service, client, lane);

    /// <inheritdoc/>
    public override void WriteRequest(long number, Span<byte> request) => form.WriteRequest(number, request);

    /// <inheritdoc/>
    public override ILoadReader CreateReader() => new Reader(form.CreateReader(), _service, _token);

    private sealed class Reader(ILoadReader behind, byte[] service, byte[] token) : ILoadReader
    {
        private readonly byte[] _unit = new byte[ControlUnit.Size];
        private int _length;
        private bool _isShown;

        public bool IsReady { get; private set; }

        public long FirstNumber => behind.FirstNumber;

        public int Window => behind.Window;

        public LoadReply Read(ReadOnlySpan<byte> bytes, long lastNumber)
        {
            if (IsReady)
            {
                return behind.Read(bytes, lastNumber);
            }

            int taken = Math.Min(bytes.Length, _unit.Length - _length);
            bytes[..taken].CopyTo(_unit.AsSpan(_length));
            _length += taken;
            if (_length < _unit.Length)
            {
                // What differs from the first bytes of an answer is another server's: no more of it is waited for.
                int known = Math.Min(_length, PrefaceDetector.Prefix.Length);
                return _unit.AsSpan(0, known).SequenceEqual(PrefaceDetector.Prefix[..known])
                    ? default
                    : LoadReply.Wrong(LoadFailure.Garbage, _unit.AsSpan(0, _length));
            }

            _length = 0;
            IsReady = Preface.IsAccepted(service, _unit);
            if (IsReady)
            {
                return behind.Read(bytes[taken..], lastNumber);
            }

            // The server says nothing more before it has the token.
            bool isAsked = !_isShown && taken == bytes.Length && TokenUnit.IsRequest(_unit);
            _isShown |= isAsked;
            return isAsked ? new LoadReply(0, Next: token) : Refusal();
        }

        private LoadReply Refusal()
        {
            bool isRefusal = PrefaceErrors.TryParse(_unit, out PrefaceError error);
            LoadFailure failure = error == PrefaceError.Token ? LoadFailure.Authentication : LoadFailure.Refused;
            return LoadReply.Wrong(isRefusal ? failure : LoadFailure.Garbage, _unit);
        }
    }
}
