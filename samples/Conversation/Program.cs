// A conversation of one's own: text in, the same text louder out. Server, over all transports at once:
//   dotnet run -- tcp://127.0.0.1 arq://127.0.0.1 unix:/tmp/louder 'tls://127.0.0.1:7001?cert=cert.pem&key=key.pem'
// Client: aldis talk 127.0.0.1:7000
using System.Text;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Connections;

var louder = new Conversation { Name = "louder", DefaultPort = 7000, Stream = _ => new Louder.LouderHandler() };
await using var server = new ConversationServer();
Array.ForEach(args, address => server.Listen(louder, address));
await server.StartAsync();
server.Endpoints.ToList().ForEach(endpoint => Console.WriteLine(endpoint.ToReadinessLine()));
Console.ReadLine();

namespace Louder
{
    internal sealed class LouderHandler : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            while (await connection.Transport.Input.ReadAsync() is { Buffer.IsEmpty: false } read)
            {
                byte[] answer = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(read.Buffer).ToUpperInvariant());
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
                await connection.Transport.Output.WriteAsync(answer);
            }
        }
    }
}
