// Keeps texts where a power cut does not reach them. dotnet run -- one two three
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;

using var journal = MessageJournal.Open(new JournalOptions { Directory = "sample-journal" });
IMessageAppender appender = (await journal.OpenAsync("sample", "here")).Appender!;
long number = appender.Progress.CommittedSequence;
bool taken = args.All(text => appender.TryAppend(++number, Encoding.UTF8.GetBytes(text)) == AppendStatus.Accepted);
while (!appender.Progress.IsSettled)
{
    await appender.WaitForProgressAsync();
}
Console.WriteLine($"{(taken ? "All" : "Not all")} taken; durable up to number {appender.Progress.CommittedSequence}.");
