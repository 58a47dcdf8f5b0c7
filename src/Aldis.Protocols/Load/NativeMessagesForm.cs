using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Load;

/// <summary>A load of messages in their native form: numbered, several under way, acknowledged up to a number.</summary>
/// <param name="bytes">Bytes of a message.</param>
/// <param name="client">What the ids of its connections begin with.</param>
/// <param name="token">The token they show with their preface; empty for none.</param>
internal sealed class NativeMessagesForm(int bytes, string client, string token) : LoadForm
{
    /// <inheritdoc/>
    public override string Name => "native";

    /// <inheritdoc/>
    public override int MostUnderWay => int.MaxValue;

    /// <inheritdoc/>
    public override int RequestLength => ControlUnit.Size + bytes;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Opening(int lane)
    {
        byte[] preface = TokenForm.PrefaceOf("messages"u8, client, lane);
        return token.Length > 0 ? [.. preface, .. TokenForm.Token(token)] : preface;
    }

    /// <inheritdoc/>
    public override void WriteRequest(long number, Span<byte> request)
    {
        ClientUnit.WriteMessage(bytes, number, request);
        request[ControlUnit.Size..].Fill((byte)'x');
    }

    /// <inheritdoc/>
    public override ILoadReader CreateReader() => new Reader();

    private sealed class Reader : ILoadReader
    {
        private readonly byte[] _unit = new byte[ControlUnit.Size];
        private int _length;
        private long _acknowledged;

        public bool IsReady { get; private set; }

        public long FirstNumber { get; private set; }

        public int Window { get; private set; } = int.MaxValue;

        public LoadReply Read(ReadOnlySpan<byte> bytes, long lastNumber)
        {
            long answers = 0;
            while (!bytes.IsEmpty)
            {
                int taken = Math.Min(bytes.Length, ControlUnit.Size - _length);
                bytes[..taken].CopyTo(_unit.AsSpan(_length));
                bytes = bytes[taken..];
                _length += taken;
                if (_length < ControlUnit.Size)
                {
                    break;
                }

                _length = 0;
                LoadReply reply = IsReady ? ReadUnit() : ReadHello();
                if (reply.Failure is not null)
                {
                    return reply;
                }

                answers += reply.Answers;
            }

            return new LoadReply(answers);
        }

        private LoadReply ReadHello()
        {
            HelloStatus status = ServerHello.Parse(_unit, out ServerHello hello, out PrefaceError error);
            if (status == HelloStatus.Hello)
            {
                IsReady = true;
                _acknowledged = hello.Last;
                FirstNumber = hello.Last + 1;
                Window = hello.Window;
                return default;
            }

            bool isRefusal = status == HelloStatus.Error
                || (ServerUnit.TryParse(_unit, out ServerUnit unit) && unit.Kind == ServerUnitKind.Refusal);
            LoadFailure refusal = error == PrefaceError.Token ? LoadFailure.Authentication : LoadFailure.Refused;
            return LoadReply.Wrong(isRefusal ? refusal : LoadFailure.Garbage, _unit);
        }

        private LoadReply ReadUnit()
        {
            if (!ServerUnit.TryParse(_unit, out ServerUnit unit) || unit.Kind == ServerUnitKind.Bye)
            {
                return LoadReply.Wrong(LoadFailure.Garbage, _unit);
            }

            if (unit.Kind == ServerUnitKind.Refusal)
            {
                return LoadReply.Wrong(LoadFailure.Refused, _unit);
            }

            long answers = Math.Max(0, unit.Sequence - _acknowledged);
            _acknowledged = Math.Max(_acknowledged, unit.Sequence);
            return new LoadReply(answers);
        }
    }
}
