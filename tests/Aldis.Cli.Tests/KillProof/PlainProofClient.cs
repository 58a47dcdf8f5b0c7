using System.Net.Sockets;
using Aldis.Protocols.Messages;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>
/// A plain client: sends, waits, sends the next. What was not answered it sends again, because it cannot know. Now and then it is killed
/// while a message is on its way.
/// </summary>
internal sealed class PlainProofClient(ProofNetwork network, ProofAccount account, int seed)
{
    private const int SendsPerKill = 60;

    private readonly Random _random = new(seed);

    /// <summary>How often it was killed.</summary>
    public int Kills { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!network.IsFinishing)
        {
            try
            {
                using Socket socket = await network.ConnectAsync(cancellationToken);
                while (!network.IsFinishing && await SendNextAsync(socket, cancellationToken))
                {
                    network.Acknowledged(account.Acknowledge(account.Acknowledged + 1));
                }
            }
            catch (SocketException)
            {
                // The server was killed.
            }
        }
    }

    private async Task<bool> SendNextAsync(Socket socket, CancellationToken cancellationToken)
    {
        byte[] payload = ProofMessage.Create(account.Name, account.Acknowledged + 1);
        byte[] frame = new byte[PlainHeader.Size + payload.Length];
        PlainHeader.Write(payload.Length, frame);
        payload.CopyTo(frame, PlainHeader.Size);
        await ProofSocket.SendAsync(socket, frame, cancellationToken);
        if (_random.Next(SendsPerKill) == 0)
        {
            Kills++;
            return false;
        }

        byte[] answer = new byte[PlainResponse.Received.Length];
        for (int length = 0; length < answer.Length;)
        {
            int received = await socket.ReceiveAsync(answer.AsMemory(length), cancellationToken);
            if (received == 0)
            {
                return false;
            }

            length += received;
        }

        return answer.AsSpan().SequenceEqual(PlainResponse.Received.Span)
            ? true
            : throw new InvalidDataException("The server answered " + System.Text.Encoding.ASCII.GetString(answer));
    }
}
