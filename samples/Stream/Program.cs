// A Stream over reliable UDP. Server: aldis serve exchange     Client: dotnet run < text
using Aldis.Transports.Arq;
using Aldis.Transports.Dialing;

await using ArqStream stream = await Dialer.ConnectArqAsync("arq://127.0.0.1:8888");
Task receiving = stream.CopyToAsync(Console.OpenStandardOutput());
await Console.OpenStandardInput().CopyToAsync(stream);
await stream.CompleteWritesAsync(); // the server has everything, or this throws
await receiving;
