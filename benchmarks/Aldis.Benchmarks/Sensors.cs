using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aldis.Benchmarks.Hostile;

namespace Aldis.Benchmarks;

/// <summary>Clients of <c>messages</c> in the native form that each send a reading, wait for its acknowledgement, and pause.</summary>
internal static class Sensors
{
    public static async Task RunAsync(Arguments arguments)
    {
        int count = arguments.Count("--count", 3);
        TimeSpan pause = arguments.Seconds("--pause");
        int readings = arguments.Count("--readings", 5);
        IPEndPoint server = arguments.Place.Ip;
        await Task.WhenAll(Enumerable.Range(0, count).Select(number => RunAsync(server, number, count, readings, pause)));
    }

    private static async Task RunAsync(IPEndPoint server, int number, int count, int readings, TimeSpan pause)
    {
        byte[] answer = new byte[Wire.UnitBytes];
        await Task.Delay(pause * ((double)number / count));
        using Socket socket = await Wire.ConnectAsync(server, IPAddress.Loopback);
        await AskAsync(string.Create(CultureInfo.InvariantCulture, $"ALDIS/1 messages client=sensor-{number + 1}"), string.Empty);
        for (int reading = 1; reading <= readings; reading++)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"pressure {3 + (number % 7 * 0.1) + (reading * 0.01):0.00} bar");
            await AskAsync(string.Create(CultureInfo.InvariantCulture, $"{text.Length} {reading}"), text);
            await Task.Delay(pause);
        }

        await AskAsync("BYE", string.Empty);

        async Task AskAsync(string words, string payload)
        {
            if (!await Wire.TrySendAsync(socket, (byte[])[.. Wire.Unit(words), .. payload.Select(static letter => (byte)letter)])
                || await Wire.ReceiveAsync(socket, answer) < answer.Length)
            {
                throw new InvalidDataException("The server ended the conversation.");
            }
        }
    }
}
