using System.Buffers;
using System.Text;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Tests.Framing;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>One client's ledger with a store in memory that commits when the test says so.</summary>
internal sealed class ServerHarness : IMessageHistory
{
    private readonly int _remembered;

    public ServerHarness(MessageSessionOptions? options = null, int remembered = int.MaxValue, params string[] stored)
    {
        Options = options ?? new MessageSessionOptions();
        _remembered = remembered;
        Appended.AddRange(stored);
        Ledger = new ClientLedger(stored.Length, this);
    }

    public MessageSessionOptions Options { get; }

    public ClientLedger Ledger { get; }

    /// <summary>What was appended, committed or not; message n is at n - 1.</summary>
    public List<string> Appended { get; } = [];

    public Client Connect() => new(this, Ledger.NewestOrder + 1);

    /// <summary>A connection whose preface is read now, whenever it was accepted.</summary>
    public Client Connect(long acceptOrder) => new(this, acceptOrder);

    public void Commit(long sequence) => Ledger.HandleCommitted(sequence);

    public void Fail(NakCode code)
    {
        Appended.RemoveRange((int)Ledger.Committed, Appended.Count - (int)Ledger.Committed);
        Ledger.HandleFailed(code);
    }

    public bool TryGetCrc(long sequence, out uint crc)
    {
        bool isKnown = sequence > Appended.Count - (long)_remembered;
        crc = isKnown ? Crc32C.Compute(Encoding.UTF8.GetBytes(Appended[(int)sequence - 1])) : 0;
        return isKnown;
    }

    /// <summary>One connection: what a client sends in, what the server answers out.</summary>
    internal sealed class Client
    {
        private readonly ServerHarness _server;
        private byte[] _unread = [];

        public Client(ServerHarness server, long acceptOrder)
        {
            _server = server;
            Session = new MessageSession(server.Ledger, server.Options, acceptOrder);
        }

        public MessageSession Session { get; }

        /// <summary>Bytes that were sent and not consumed.</summary>
        public int Unread => _unread.Length;

        public NakCode? RefuseNext { get; set; }

        /// <summary>Everything the server has to say now, one unit a line; <c>|</c> at the end stands for the close.</summary>
        public string Answers
        {
            get
            {
                List<string> lines = [];
                byte[] unit = new byte[64];
                while (Session.TryTakeUnit(unit))
                {
                    lines.Add(Encoding.ASCII.GetString(unit).TrimEnd());
                }

                return string.Join('\n', lines) + (Session.ShouldClose ? "|" : string.Empty);
            }
        }

        public Client Hello()
        {
            _ = Answers;
            return this;
        }

        public Client Message(long sequence, string text) => Raw($"{text.Length} {sequence}".PadRight(64) + text);

        public Client Unit(string text) => Raw(text.PadRight(64));

        public Client Raw(string bytes)
        {
            ReadOnlySequence<byte> received = Pieces.Of(_unread, Encoding.Latin1.GetBytes(bytes));
            SessionStep step;
            while ((step = Session.Read(ref received, out long sequence, out ReadOnlySequence<byte> payload))
                is SessionStep.Continue or SessionStep.Append)
            {
                if (step == SessionStep.Append)
                {
                    Append(sequence, payload);
                }
            }

            _unread = received.ToArray();
            return this;
        }

        private void Append(long sequence, in ReadOnlySequence<byte> payload)
        {
            if (RefuseNext is NakCode code)
            {
                RefuseNext = null;
                Session.HandleRefused(code);
                return;
            }

            Assert.Equal(_server.Appended.Count + 1, sequence);
            _server.Appended.Add(Encoding.UTF8.GetString(payload));
            Session.HandleAppended();
        }
    }
}
