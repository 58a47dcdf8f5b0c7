// A Stream over reliable UDP. Server: aldis serve exchange     Client: dotnet run < text
using System.Net;
using Aldis.Transports.Arq;

await using ArqStream stream = await ArqStream.ConnectAsync(new ArqEndPoint(IPEndPoint.Parse("127.0.0.1:8888")));
Task receiving = stream.CopyToAsync(Console.OpenStandardOutput());
await Console.OpenStandardInput().CopyToAsync(stream);
await stream.CompleteWritesAsync(); // the server has everything, or this throws
await receiving;
